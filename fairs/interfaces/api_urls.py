"""Addresses of fairs under /api/v1/."""

from rest_framework.routers import SimpleRouter

from fairs.interfaces import api, plan_api

router = SimpleRouter()
router.register("fairs/booths", api.BoothViewSet, basename="fair-booths")
router.register("fairs/tickets", api.TicketViewSet, basename="fair-tickets")
router.register("fairs/meetings", api.MeetingViewSet, basename="fair-meetings")
router.register("fairs/plans", plan_api.PlanViewSet, basename="fair-plans")
router.register("fairs/talks", plan_api.PlannedTalkViewSet, basename="fair-talks")
router.register("fairs/choices", plan_api.ChoiceViewSet, basename="fair-choices")
router.register("fairs", api.FairViewSet, basename="fairs")
urlpatterns = router.urls
