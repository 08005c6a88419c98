"""Routes of students under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from backend.students.interfaces import api

router = SimpleRouter()
router.register("students", api.StudentViewSet, basename="api-student")
router.register("experiences", api.ExperienceViewSet, basename="api-experience")
router.register("resumes", api.ResumeViewSet, basename="api-resume")
router.register("consents", api.GrantViewSet, basename="api-consent")
router.register("profile-views", api.SeenViewSet, basename="api-profile-view")
router.register("rosters", api.RosterViewSet, basename="api-roster")
urlpatterns = [
    path("me/profile/", api.MeView.as_view(), name="api-my-profile"),
    path("me/visibility/", api.MyVisibilityView.as_view(), name="api-visibility"),
    path("me/claim/", api.ClaimView.as_view(), name="api-claim"),
    path("me/register/", api.RegisterView.as_view(), name="api-register"),
    *router.urls,
]
