"""Addresses of the own account, tokens, team and invitations."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from backend.accounts.interfaces.api import (
    EraseView,
    ExportView,
    InvitationViewSet,
    MemberViewSet,
    MeView,
    SessionViewSet,
    TokenViewSet,
)

router = SimpleRouter()
router.register("tokens", TokenViewSet, basename="api-token")
router.register("me/sessions", SessionViewSet, basename="api-session")
router.register("members", MemberViewSet, basename="api-member")
router.register("invitations", InvitationViewSet, basename="api-invitation")

urlpatterns = [
    path("me/", MeView.as_view(), name="api-me"),
    path("me/export/", ExportView.as_view(), name="api-export"),
    path("me/erase/", EraseView.as_view(), name="api-erase"),
    *router.urls,
]
