"""JSON routes of matches."""

from django.urls import path

from backend.recommendations.interfaces.api import InteractionView, MatchView

urlpatterns = [
    path("matches/", MatchView.as_view(), name="api-matches"),
    path("interactions/", InteractionView.as_view(), name="api-interactions"),
]
