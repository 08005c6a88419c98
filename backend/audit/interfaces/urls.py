"""Pages of the audit trail."""

from django.urls import path

from backend.audit.interfaces.views import trail

app_name = "audit"
urlpatterns = [path("trail/", trail, name="trail")]
