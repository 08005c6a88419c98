"""Addresses of companies under /api/v1/."""

from rest_framework.routers import SimpleRouter

from backend.companies.interfaces.api import CompanyViewSet, DivisionViewSet, EvidenceViewSet

router = SimpleRouter()
router.register("companies", CompanyViewSet, basename="api-company")
router.register("evidence", EvidenceViewSet, basename="api-evidence")
router.register("divisions", DivisionViewSet, basename="api-division")
urlpatterns = router.urls
