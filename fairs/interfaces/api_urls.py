"""Addresses of fairs under /api/v1/."""

from rest_framework.routers import SimpleRouter

from fairs.interfaces import api

router = SimpleRouter()
router.register("fairs/booths", api.BoothViewSet, basename="fair-booths")
router.register("fairs/tickets", api.TicketViewSet, basename="fair-tickets")
router.register("fairs/meetings", api.MeetingViewSet, basename="fair-meetings")
router.register("fairs", api.FairViewSet, basename="fairs")
urlpatterns = router.urls
