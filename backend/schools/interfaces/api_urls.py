"""Routes of schools under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from backend.schools.interfaces import api

router = SimpleRouter()
router.register("schools", api.SchoolViewSet, basename="api-school")
router.register("alliances", api.AllianceViewSet, basename="api-alliance")
router.register("departments", api.DepartmentViewSet, basename="api-department")
router.register("majors", api.MajorViewSet, basename="api-major")
router.register("classes", api.ClassViewSet, basename="api-class")
router.register("occupations", api.OccupationViewSet, basename="api-occupation")
urlpatterns = [path("cities/", api.CitiesView.as_view(), name="api-cities"), *router.urls]
