"""Addresses of saved searches under /api/v1/."""

from rest_framework.routers import SimpleRouter

from backend.searches.interfaces.api import SavedSearchViewSet

router = SimpleRouter()
router.register("saved-searches", SavedSearchViewSet, basename="api-saved-search")
urlpatterns = router.urls
