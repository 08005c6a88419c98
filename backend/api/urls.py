"""The description of the API; the endpoints themselves stand in each app's interfaces/api_urls.py."""

from django.urls import path

from backend.api.views import DocsView, SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
]
