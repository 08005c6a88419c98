"""Addresses of notifications and deliveries."""

from rest_framework.routers import SimpleRouter

from backend.notifications.interfaces.api import DeliveryViewSet, NotificationViewSet

router = SimpleRouter()
router.register("notifications", NotificationViewSet, basename="api-notification")
router.register("deliveries", DeliveryViewSet, basename="api-delivery")
urlpatterns = router.urls
