"""Addresses of the own account, tokens, team and invitations."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from backend.accounts.interfaces.api import InvitationViewSet, MemberViewSet, MeView, TokenViewSet

router = SimpleRouter()
router.register("tokens", TokenViewSet, basename="api-token")
router.register("members", MemberViewSet, basename="api-member")
router.register("invitations", InvitationViewSet, basename="api-invitation")

urlpatterns = [path("me/", MeView.as_view(), name="api-me"), *router.urls]
