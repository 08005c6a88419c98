"""Endpoints of companies."""

import django_filters
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC, SIGNED_IN
from backend.api.views import ApiViewSet
from backend.companies import domain
from backend.companies.enums import CompanyStatus
from backend.companies.evidence import SIGNATURES
from backend.companies.interfaces.serializers import (
    CompanyInput,
    CompanySerializer,
    DecisionInput,
    DecisionSerializer,
    DivisionSerializer,
    EvidenceInput,
    EvidenceSerializer,
    OwnCompanySerializer,
    RegistrationInput,
)
from backend.companies.interfaces.views import as_attachment
from backend.companies.models import Company, CompanyDivision, VettingEvidence
from backend.companies.queries import companies_visible_to, evidence_visible_to

INSIDE = {Role.RECRUITER, Role.STAFF, Role.OPERATOR}


class CompanyViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Companies one may see; registration, changes and vetting."""

    audience = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": SIGNED_IN,
        "partial_update": {Role.RECRUITER},
        "submit": {Role.RECRUITER},
        "decisions": {Role.STAFF, Role.OPERATOR},
    }
    model, visible_to = Company, staticmethod(companies_visible_to)
    serializer_class = CompanySerializer

    def get_serializer_class(self) -> type:
        """Contact data only for the company itself and for those who vet it."""
        if self.action in ("list", "retrieve") and self.request and self.actor.role in INSIDE:
            return OwnCompanySerializer
        return CompanySerializer

    @extend_schema(request=RegistrationInput, responses={201: OwnCompanySerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Register a company; whoever asks becomes its owner."""
        values = self.payload(RegistrationInput)
        company = domain.register_company(actor=self.actor, school_id=values.pop("school"), values=values)
        return Response(OwnCompanySerializer(company).data, status=201)

    @extend_schema(request=CompanyInput, responses=OwnCompanySerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change entries of the own company."""
        values = self.payload(CompanyInput, partial=True)
        company = domain.update_company(actor=self.actor, company_id=self.get_object().pk, values=values)
        return Response(OwnCompanySerializer(company).data)

    @extend_schema(request=None, responses=OwnCompanySerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Hand the own company to staff."""
        company = domain.submit_company(actor=self.actor, company_id=self.get_object().pk)
        return Response(OwnCompanySerializer(company).data)

    @extend_schema(request=DecisionInput, responses={201: DecisionSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def decisions(self, request: Request, pk: str | None = None) -> Response:
        """Verify, send back or suspend a company."""
        values = self.payload(DecisionInput)
        company = self.get_object()
        seen = values.pop("version")
        if values["outcome"] == CompanyStatus.SUSPENDED:
            made = domain.suspend_company(actor=self.actor, company_id=company.pk, reason=values["reason"])
        else:
            made = domain.decide_vetting(actor=self.actor, company_id=company.pk, seen=seen, **values)
        return Response(DecisionSerializer(made).data, status=201)


class EvidenceFilterSet(django_filters.FilterSet):
    """Evidence of one company."""

    class Meta:
        model = VettingEvidence
        fields = ["company"]


class EvidenceViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Licences: the own company's, or those one vets."""

    audience = {"list": INSIDE, "retrieve": INSIDE, "file": INSIDE, "create": {Role.RECRUITER}}
    model, visible_to = VettingEvidence, staticmethod(evidence_visible_to)
    serializer_class = EvidenceSerializer
    filterset_class = EvidenceFilterSet
    parser_classes = [MultiPartParser]

    @extend_schema(request=EvidenceInput, responses={201: EvidenceSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Upload a licence of the own company; a verified one waits for vetting again."""
        file = self.payload(EvidenceInput)["file"]
        made = domain.upload_evidence(actor=self.actor, company_id=self.actor.company_id, file=file)
        return Response(EvidenceSerializer(made).data, status=201)

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in SIGNATURES})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str | None = None) -> FileResponse:
        """The document itself."""
        return as_attachment(self.get_object())


def own_divisions(actor):
    """Divisions of the recruiter's company."""
    return CompanyDivision.objects.filter(company_id=actor.company_id)


class DivisionViewSet(ListModelMixin, ApiViewSet):
    """Divisions of the own company."""

    audience = {"list": {Role.RECRUITER}, "create": {Role.RECRUITER}, "destroy": {Role.RECRUITER}}
    model, visible_to = CompanyDivision, staticmethod(own_divisions)
    serializer_class = DivisionSerializer

    @extend_schema(request=DivisionSerializer, responses={201: DivisionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a division."""
        values = self.payload()
        made = domain.add_division(actor=self.actor, company_id=self.actor.company_id, name=values["name"])
        return Response(DivisionSerializer(made).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Remove a division."""
        domain.remove_division(
            actor=self.actor, company_id=self.actor.company_id, division_id=self.get_object().pk
        )
        return Response(status=204)
