"""JSON of matches for companies and staff: students who fit, pairs nobody noticed, audits, models, grading."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.views import ApiView
from backend.common.errors import NotFound
from backend.recommendations.domain import draw_round, grade_pair, hint_pair, hint_student
from backend.recommendations.enums import AuditKind
from backend.recommendations.interfaces import examples
from backend.recommendations.interfaces.api import LIMIT, MOST, Plain, whole_number
from backend.recommendations.interfaces.serializers import (
    AuditSerializer,
    CardSerializer,
    FittingSerializer,
    GradeInput,
    RoundSerializer,
    UnnoticedSerializer,
)
from backend.recommendations.models import GradingRound, StrongPair
from backend.recommendations.queries import (
    audit_of,
    model_cards,
    standing,
    students_for,
    unnoticed,
)
from backend.recommendations.queries.grading import comparisons, next_pairs, round_for, rounds_visible_to
from backend.recommendations.queries.staff import unnoticed_rows

STAFF = {Role.STAFF, Role.OPERATOR}


class FittingView(Plain):
    """Students who fit a position."""

    audience = {Role.RECRUITER, Role.STAFF}
    serializer_class = FittingSerializer

    @extend_schema(
        parameters=[LIMIT],
        responses=FittingSerializer(many=True),
        examples=[examples.shown("Without a name", examples.STUDENT)],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Best first, then those who did not want to be ordered by fit."""
        found = students_for(self.actor, pk, whole_number(request, "limit", MOST, "20"))
        return Response(FittingSerializer([*found.shown, *found.unranked], many=True).data)


class UnnoticedView(ApiView):
    """Pairs of students and positions that would gain from each other, and neither has acted."""

    audience = STAFF
    model = StrongPair
    visible_to = staticmethod(unnoticed_rows)
    serializer_class = UnnoticedSerializer

    @extend_schema(
        responses=UnnoticedSerializer(many=True), examples=[examples.shown("A pair", examples.PAIR)]
    )
    def get(self, request: Request) -> Response:
        """A page, best first."""
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(UnnoticedSerializer(unnoticed(rows), many=True).data)


class HintView(Plain):
    """Tell the student of a pair."""

    audience = {Role.STAFF}
    serializer_class = UnnoticedSerializer

    @extend_schema(request=None, responses=UnnoticedSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Once; a second time is a 409."""
        row = hint_pair(actor=self.actor, pair_id=pk)
        return Response(UnnoticedSerializer(unnoticed([row])[0]).data)


class HintStudentView(Plain):
    """A student who fits a position."""

    audience = {Role.STAFF}
    serializer_class = UnnoticedSerializer

    @extend_schema(
        request=None,
        responses=UnnoticedSerializer,
        examples=[examples.shown("Told", examples.PAIR | {"hinted_at": "2026-05-01T09:00:00+08:00"})],
    )
    def post(self, request: Request, pk: int, student: int) -> Response:
        """Tell them about the position, once; a second time is a 409, and 404 once either side has acted."""
        row = hint_student(actor=self.actor, student_id=student, position_id=pk)
        return Response(UnnoticedSerializer(unnoticed([row])[0]).data)


class AuditView(Plain):
    """Figures about the ranking of the own school."""

    audience = STAFF
    serializer_class = AuditSerializer

    @extend_schema(responses=AuditSerializer, examples=[examples.shown("Groups", examples.FAIRNESS)])
    def get(self, request: Request, kind: str) -> Response:
        """`fairness`: treatment of groups; `reach`: who fits nothing. 404 before the first training."""
        found = audit_of(self.actor, kind) if kind in AuditKind.values else None
        if found is None:
            raise NotFound()
        return Response(AuditSerializer(found).data)


class ModelView(Plain):
    """Cards of the models."""

    audience = STAFF
    serializer_class = CardSerializer

    @extend_schema(responses=CardSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Newest first, with which one serves."""
        serving = standing().model
        cards = [asdict(card) | {"serves": card.name == serving} for card in model_cards(self.actor)]
        return Response(CardSerializer(cards, many=True).data)


class RoundsView(ApiView):
    """Rounds of grading."""

    audience = {Role.STAFF}
    model = GradingRound
    visible_to = staticmethod(rounds_visible_to)
    serializer_class = RoundSerializer

    @extend_schema(responses=RoundSerializer(many=True))
    def get(self, request: Request) -> Response:
        """A page, the last first."""
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(_bodies(self.actor, rows))

    @extend_schema(request=None, responses={201: RoundSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Draw 100 pairs."""
        return Response(_bodies(self.actor, [draw_round(actor=self.actor)])[0], status=201)


class RoundView(Plain):
    """One round."""

    audience = {Role.STAFF}
    serializer_class = RoundSerializer

    @extend_schema(responses=RoundSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """How far it is, the next pair, and the agreement when both are done."""
        return Response(_bodies(self.actor, [round_for(self.actor, pk)])[0])


class GradeView(Plain):
    """The grade of one pair."""

    audience = {Role.STAFF}
    serializer_class = GradeInput

    @extend_schema(
        request=GradeInput, responses={204: None}, examples=[examples.asked("Fits well", {"fit": 2})]
    )
    def put(self, request: Request, pk: int) -> Response:
        """Grade it, or change the grade."""
        grade_pair(actor=self.actor, pair_id=pk, fit=self.payload()["fit"])
        return Response(status=204)


def _bodies(actor: Actor, rounds: Sequence[GradingRound]) -> list[dict[str, Any]]:
    found, pairs = comparisons(rounds), next_pairs(actor, rounds)
    return [
        RoundSerializer(
            {
                "round": row,
                "pairs": found[row.pk].pairs,
                "graded": {str(seat): number for seat, number in found[row.pk].graded.items()},
                "next": None if found[row.pk].complete else pairs.get(row.pk),
                "agreement": found[row.pk].agreement,
            }
        ).data
        for row in rounds
    ]
