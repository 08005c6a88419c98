"""JSON routes of the observatory."""

from django.urls import path

from backend.insights.interfaces.api import RatioView

urlpatterns = [path("insights/ratio/", RatioView.as_view(), name="api-ratio")]
