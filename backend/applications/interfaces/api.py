"""JSON of applications and interview times."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.views import ApiViewSet
from backend.applications import domain
from backend.applications.enums import ApplicationStatus
from backend.applications.interfaces import serializers as shapes
from backend.applications.models import Application, InterviewSlot
from backend.applications.queries import applications_visible_to, overdue_visible_to, slots_visible_to

READERS = {Role.STUDENT, Role.RECRUITER, Role.STAFF, Role.OPERATOR}


class ApplicationFilter(filters.FilterSet):
    """By stage and position."""

    status = filters.MultipleChoiceFilter(choices=ApplicationStatus.choices)
    position = filters.NumberFilter(field_name="position_id", min_value=1, max_value=2**63 - 1)

    class Meta:
        model = Application
        fields = ["status", "position"]


class ApplicationViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Apply, follow, answer."""

    audience = {
        "list": READERS,
        "retrieve": READERS,
        "create": {Role.STUDENT},
        "eligibility": {Role.STUDENT},
        "withdraw": {Role.STUDENT},
        "accept": {Role.STUDENT},
        "refuse": {Role.STUDENT},
        "move": {Role.RECRUITER},
        "bulk_move": {Role.RECRUITER},
        "notes": {Role.RECRUITER},
        "rate": {Role.RECRUITER},
        "offer": {Role.RECRUITER},
        "overdue": {Role.STAFF, Role.OPERATOR},
    }
    model, visible_to = Application, staticmethod(applications_visible_to)
    serializer_class = shapes.ApplicationSerializer
    filterset_class = ApplicationFilter

    def _answer(self, application: Application, status: int = 200) -> Response:
        fresh = self.get_queryset().prefetch_related("steps").get(pk=application.pk)
        return Response(shapes.ApplicationDetailSerializer(fresh).data, status=status)

    @extend_schema(responses=shapes.ApplicationDetailSerializer)
    def retrieve(self, request: Request, *args, **kwargs) -> Response:
        """One application; a recruiter's first look is a step the student sees."""
        return self._answer(domain.open_application(actor=self.actor, application_id=self.get_object().pk))

    @extend_schema(request=shapes.ApplyInput, responses={201: shapes.ApplicationDetailSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Apply; whoever asks twice gets the same application."""
        return self._answer(domain.apply(actor=self.actor, **self.payload(shapes.ApplyInput)), 201)

    @extend_schema(parameters=[shapes.EligibilityQuery], responses=shapes.EligibilityOutput, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def eligibility(self, request: Request) -> Response:
        """Whether one qualifies, before applying; each field that stands in the way is named."""
        query = shapes.EligibilityQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        failing = domain.check_eligibility(actor=self.actor, position_id=query.validated_data["position"])
        rows = [{"name": item.field, "message": item.text} for item in failing]
        return Response(shapes.EligibilityOutput({"eligible": not rows, "failing": rows}).data)

    @extend_schema(request=shapes.ReasonInput, responses=shapes.ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk=None) -> Response:
        """Take it back."""
        values = self.payload(shapes.ReasonInput)
        return self._answer(domain.withdraw(actor=self.actor, application_id=self.get_object().pk, **values))

    @extend_schema(request=None, responses=shapes.ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk=None) -> Response:
        """Accept the offer."""
        return self._answer(domain.accept_offer(actor=self.actor, application_id=self.get_object().pk))

    @extend_schema(request=shapes.ReasonInput, responses=shapes.ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk=None) -> Response:
        """Refuse the offer."""
        values = self.payload(shapes.ReasonInput)
        return self._answer(
            domain.refuse_offer(actor=self.actor, application_id=self.get_object().pk, **values)
        )

    @extend_schema(request=shapes.MoveInput, responses=shapes.ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk=None) -> Response:
        """The company's next step."""
        values = self.payload(shapes.MoveInput)
        return self._answer(
            domain.move_application(actor=self.actor, application_id=self.get_object().pk, **values)
        )

    @extend_schema(request=shapes.BulkMoveInput, responses=shapes.BulkMoveOutput)
    @action(detail=False, methods=["post"], url_path="bulk-move")
    def bulk_move(self, request: Request) -> Response:
        """The same step for many."""
        result = domain.bulk_move(actor=self.actor, **self.payload(shapes.BulkMoveInput))
        return Response(
            {"moved": result.moved, "refused": {str(pk): why for pk, why in result.refused.items()}}
        )

    @extend_schema(request=shapes.NoteInput, responses={201: shapes.NoteOutput})
    @action(detail=True, methods=["post"])
    @idempotent
    def notes(self, request: Request, pk=None) -> Response:
        """Write a private note."""
        values = self.payload(shapes.NoteInput)
        note = domain.add_note(actor=self.actor, application_id=self.get_object().pk, **values)
        return Response(shapes.NoteOutput(note).data, status=201)

    @extend_schema(request=shapes.RatingInput, responses=shapes.ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def rate(self, request: Request, pk=None) -> Response:
        """Rate for the company's own use."""
        values = self.payload(shapes.RatingInput)
        return self._answer(domain.rate(actor=self.actor, application_id=self.get_object().pk, **values))

    @extend_schema(request=shapes.OfferInput, responses={201: shapes.ApplicationDetailSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def offer(self, request: Request, pk=None) -> Response:
        """Offer the position."""
        application = self.get_object()
        domain.make_offer(actor=self.actor, application_id=application.pk, **self.payload(shapes.OfferInput))
        return self._answer(application, 201)

    @extend_schema(responses=shapes.ApplicationSerializer(many=True))
    @action(detail=False, methods=["get"])
    def overdue(self, request: Request) -> Response:
        """Open applications past their due date."""
        page = self.paginate_queryset(overdue_visible_to(self.actor))
        return self.get_paginated_response(shapes.ApplicationSerializer(page, many=True).data)


class SlotFilter(filters.FilterSet):
    """By position."""

    position = filters.NumberFilter(field_name="position_id", min_value=1, max_value=2**63 - 1)

    class Meta:
        model = InterviewSlot
        fields = ["position"]


class SlotViewSet(ListModelMixin, ApiViewSet):
    """Offer, pick and cancel interview times."""

    audience = {
        "list": {Role.STUDENT, Role.RECRUITER},
        "create": {Role.RECRUITER},
        "book": {Role.STUDENT},
        "cancel": {Role.STUDENT, Role.RECRUITER},
        "destroy": {Role.RECRUITER},
    }
    model, visible_to = InterviewSlot, staticmethod(slots_visible_to)
    serializer_class = shapes.SlotSerializer
    filterset_class = SlotFilter
    page_ordering = ("starts_at", "id")

    @extend_schema(request=shapes.SlotsInput, responses={201: shapes.SlotSerializer(many=True)})
    @idempotent
    def create(self, request: Request) -> Response:
        """Offer times."""
        values = self.payload(shapes.SlotsInput)
        times = [(time["starts_at"], time["ends_at"]) for time in values.pop("times")]
        rows = domain.open_slots(actor=self.actor, times=times, **values)
        return Response(shapes.SlotSerializer(rows, many=True).data, status=201)

    @extend_schema(request=None, responses=shapes.SlotSerializer)
    @action(detail=True, methods=["post"])
    def book(self, request: Request, pk=None) -> Response:
        """Pick a time."""
        return Response(
            shapes.SlotSerializer(domain.book_slot(actor=self.actor, slot_id=self.get_object().pk)).data
        )

    @extend_schema(request=None, responses=shapes.SlotSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk=None) -> Response:
        """Free a booked time."""
        slot = domain.cancel_booking(actor=self.actor, slot_id=self.get_object().pk)
        return Response(shapes.SlotSerializer(slot).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk=None) -> Response:
        """Take back a free time."""
        domain.close_slot(actor=self.actor, slot_id=self.get_object().pk)
        return Response(status=204)
