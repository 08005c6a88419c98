"""JSON routes of applications."""

from rest_framework.routers import SimpleRouter

from backend.applications.interfaces.api import ApplicationViewSet, SlotViewSet

router = SimpleRouter()
router.register("applications", ApplicationViewSet, basename="api-application")
router.register("interview-slots", SlotViewSet, basename="api-interview-slot")
urlpatterns = router.urls
