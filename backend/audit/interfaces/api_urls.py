"""Addresses of the audit trail."""

from rest_framework.routers import SimpleRouter

from backend.audit.interfaces.api import TrailViewSet

router = SimpleRouter()
router.register("trail", TrailViewSet, basename="api-trail")
urlpatterns = router.urls
