"""Addresses of positions under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from backend.positions.interfaces import api_finding
from backend.positions.interfaces.api import (
    PositionClaims,
    PositionImportViewSet,
    PositionLint,
    PositionSearch,
    PositionViewSet,
    TemplateViewSet,
)

router = SimpleRouter()
router.register("positions", PositionViewSet, basename="api-position")
router.register("position-imports", PositionImportViewSet, basename="api-position-import")
router.register("position-templates", TemplateViewSet, basename="api-position-template")
urlpatterns = [
    path("position-claims/", PositionClaims.as_view(), name="api-position-claims"),
    path("positions/search/", PositionSearch.as_view(), name="api-position-search"),
    path("positions/suggest/", api_finding.PositionSuggest.as_view(), name="api-position-suggest"),
    path("positions/compare/", api_finding.PositionCompare.as_view(), name="api-position-compare"),
    path("positions/facets/", api_finding.PositionFacets.as_view(), name="api-position-facets"),
    path("positions/searches/", api_finding.RecentSearches.as_view(), name="api-position-searches"),
    path(
        "positions/searches/<int:pk>/", api_finding.RecentSearchOne.as_view(), name="api-position-search-one"
    ),
    path("positions/lint/", PositionLint.as_view(), name="api-position-lint"),
    *router.urls,
]
