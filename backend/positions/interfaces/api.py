"""Endpoints of positions: search, the company's own, moderation."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC
from backend.api.views import ApiView, ApiViewSet
from backend.common.errors import Invalid
from backend.positions import by_fit, domain, highlights, linter, searching
from backend.positions.claims import claim_positions, claims_visible_to, hand_over_positions
from backend.positions.imports import run
from backend.positions.interfaces import examples, noted
from backend.positions.interfaces.api_finding import FILTERS, facets_of
from backend.positions.interfaces.serializers import (
    HIT_COLUMNS,
    FindingSerializer,
    FitOrderSerializer,
    HitSerializer,
    OwnPositionSerializer,
    PositionChange,
    PositionClaimAnswerSerializer,
    PositionClaimInput,
    PositionClaimSerializer,
    PositionImportSerializer,
    PositionInput,
    PositionSerializer,
    ReviewInput,
    SearchAnswerSerializer,
    TakeDownInput,
    TemplateInput,
    TemplateSerializer,
    TextsInput,
)
from backend.positions.models import Position, PositionImport, PositionTemplate
from backend.positions.queries import positions_visible_to, templates_visible_to
from search.query import SORTS

RECRUITER, STAFF = {Role.RECRUITER}, {Role.STAFF, Role.OPERATOR}
INSIDE = RECRUITER | STAFF


class PositionViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Positions one may see, and the steps of their life."""

    audience = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": RECRUITER,
        "partial_update": RECRUITER,
        "copy": RECRUITER,
        "submit": RECRUITER,
        "withdraw": RECRUITER,
        "pause": RECRUITER,
        "resume": RECRUITER,
        "close": RECRUITER,
        "review": STAFF,
        "take_down": STAFF,
    }
    model, visible_to = Position, staticmethod(positions_visible_to)
    serializer_class = PositionSerializer

    def get_serializer_class(self) -> type:
        """Status and reasons only for the company and for staff."""
        if self.action in ("list", "retrieve") and self.request and self.actor.role in INSIDE:
            return OwnPositionSerializer
        return PositionSerializer

    @extend_schema(request=PositionInput, responses={201: OwnPositionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Write a draft."""
        position = domain.create_position(actor=self.actor, values=self.payload(PositionInput))
        return Response(OwnPositionSerializer(position).data, status=201)

    @extend_schema(request=PositionChange, responses=OwnPositionSerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change entries; material changes of a published position go back to review."""
        values = self.payload(PositionChange, partial=True)
        version = values.pop("version", None)
        position = domain.update_position(
            actor=self.actor, position_id=self.get_object().pk, values=values, version=version
        )
        return Response(OwnPositionSerializer(position).data)

    def _step(self, act: Any, status: int = 200, **values: Any) -> Response:
        position = act(actor=self.actor, position_id=self.get_object().pk, **values)
        return Response(OwnPositionSerializer(position).data, status=status)

    @extend_schema(request=None, responses={201: OwnPositionSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def copy(self, request: Request, pk: str | None = None) -> Response:
        """Write a new draft with the same entries."""
        return self._step(domain.copy_position, status=201)

    @extend_schema(request=None, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Hand the position to staff."""
        return self._step(domain.submit_position)

    @extend_schema(request=None, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:
        """Take it out of review."""
        return self._step(domain.withdraw_position)

    @extend_schema(request=None, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str | None = None) -> Response:
        """Take it out of sight for a while."""
        return self._step(domain.pause_position)

    @extend_schema(request=None, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str | None = None) -> Response:
        """Show it again."""
        return self._step(domain.resume_position)

    @extend_schema(request=None, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """End it for good."""
        return self._step(domain.close_position)

    @extend_schema(request=ReviewInput, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str | None = None) -> Response:
        """Publish it, or send it back with a reason."""
        return self._step(domain.decide_position, **self.payload(ReviewInput))

    @extend_schema(request=TakeDownInput, responses=OwnPositionSerializer)
    @action(detail=True, methods=["post"], url_path="take-down")
    def take_down(self, request: Request, pk: str | None = None) -> Response:
        """Take a public position back into review."""
        return self._step(domain.take_down_position, **self.payload(TakeDownInput))


class PositionSearch(ApiView):
    """Search: the same words, filters and order as the page."""

    audience = PUBLIC
    serializer_class = SearchAnswerSerializer
    pagination_class = None

    @extend_schema(
        parameters=[
            *FILTERS,
            OpenApiParameter("sort", str, enum=SORTS),
            OpenApiParameter("page", int),
            OpenApiParameter(
                "after",
                str,
                description="`next` of the page before: goes on behind its last hit, whatever was published meanwhile. It wins over `page`.",
            ),
            OpenApiParameter(
                "typing",
                int,
                description="1: somebody is still typing this text; it is not counted, nor recorded as shown.",
            ),
            OpenApiParameter(
                "order",
                str,
                description="With sort=fit: `fit.order` of the first page, for the pages after it.",
            ),
        ],
        responses=SearchAnswerSerializer,
        examples=[examples.BY_FIT, examples.NOT_BY_FIT],
    )
    def get(self, request: Request) -> Response:
        """A page of hits with facets."""
        query = searching.read_query(searching.joined(request.query_params), actor=self.actor)
        finished = request.query_params.get("typing") != "1"
        if query.sort == "fit":
            fitted = by_fit.find(self.actor, query, request.query_params.get("order", ""), shown=finished)
        else:
            fitted = by_fit.Found(*searching.find(self.actor, query, HIT_COLUMNS))
        answer, found = fitted.page, fitted.rows
        if finished:
            noted.note(request, self.actor, query, answer)
        context = {"pattern": highlights.pattern_of(answer.corrected or query.text), "fits": fitted.fits}
        body = {
            "total": answer.total,
            "worded": answer.worded,
            "page": query.page,
            "next": answer.next_cursor if query.sort != "fit" else "",
            "degraded": answer.degraded,
            "updating": answer.updating,
            "corrected": answer.corrected,
            "widened": list(answer.widened),
            "by_meaning_only": answer.by_meaning_only,
            "fit": FitOrderSerializer(fitted).data if query.sort == "fit" else None,
            "results": HitSerializer(found, many=True, context=context).data,
            "facets": facets_of(answer),
        }
        return Response(body)


class PositionLint(ApiView):
    """What texts may not say."""

    audience = INSIDE
    serializer_class = TextsInput

    @extend_schema(request=TextsInput, responses=FindingSerializer(many=True))
    def post(self, request: Request) -> Response:
        """The findings, in order of fields and places; nothing is stored."""
        found = linter.lint(self.payload(TextsInput))
        rows = [{**asdict(finding), "field_name": finding.field} for finding in found]
        return Response(FindingSerializer(rows, many=True).data)


class TemplateViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The company's templates for positions."""

    audience = RECRUITER
    model, visible_to = PositionTemplate, staticmethod(templates_visible_to)
    serializer_class = TemplateSerializer

    @extend_schema(request=TemplateInput, responses={201: TemplateSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Keep a position's entries under a name; the same name is overwritten."""
        values = self.payload(TemplateInput)
        template = domain.save_template(actor=self.actor, position_id=values["position"], name=values["name"])
        return Response(TemplateSerializer(template).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Forget it."""
        domain.delete_template(actor=self.actor, template_id=self.get_object().pk)
        return Response(status=204)


class PositionClaims(ApiView):
    """Positions a school imported, for the company itself once it is verified."""

    audience = INSIDE
    serializer_class = PositionClaimSerializer
    pagination_class = None

    @extend_schema(responses=PositionClaimSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What waits to be taken over."""
        return Response(PositionClaimSerializer(claims_visible_to(self.actor), many=True).data)

    @extend_schema(request=PositionClaimInput, responses=PositionClaimAnswerSerializer)
    def post(self, request: Request) -> Response:
        """An owner takes over by the same code; staff hand over to the company they name, 422 where they name none."""
        values = self.payload(PositionClaimInput)
        if self.actor.role == Role.RECRUITER:
            moved = claim_positions(actor=self.actor, source_id=values["source"])
        elif "company" not in values:
            raise Invalid(fields={"company": [_("Name the company the positions go to.")]})
        else:
            moved = hand_over_positions(
                actor=self.actor, company_id=values["company"], source_id=values["source"]
            )
        return Response({"moved": moved})


def visible_imports(actor: Any) -> QuerySet[PositionImport]:
    """Imports of the own school, latest first."""
    return run.imports_visible_to(actor)


class PositionImportViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Imports of spreadsheets and their figures."""

    audience = STAFF
    model, visible_to = PositionImport, staticmethod(visible_imports)
    serializer_class = PositionImportSerializer
