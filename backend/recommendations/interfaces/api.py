"""JSON of matches for students: the list, one position, two compared, what they do, and the switch."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.views import ApiView
from backend.common.errors import Invalid, NotFound
from backend.positions.queries import positions_visible_to
from backend.recommendations.domain import interact, record_impressions, set_personalised, undo
from backend.recommendations.enums import Surface
from backend.recommendations.interfaces import examples
from backend.recommendations.interfaces.serializers import (
    BIG,
    ComparedSerializer,
    InteractionInput,
    InteractionOutput,
    MatchDetailSerializer,
    MatchSerializer,
    PersonalisationSerializer,
)
from backend.recommendations.models import Interaction
from backend.recommendations.queries import answers_of, compare_for, detail_for, matches_for, student_of

MOST = 50
LIMIT = OpenApiParameter("limit", int, description=f"1 to {MOST}", default=20)
PAGES = 25
"""Twenty on each are the 500 that are ranked; what changed lately may be ranked beside them."""
PAGE = OpenApiParameter(
    "page",
    int,
    description=f"1 to {PAGES}, `limit` on each; empty after the last; by fit the list ends with the best 500 or so",
    default=1,
)


def whole_number(request: Request, name: str, most: int, default: str | None = None) -> int:
    """A query parameter from 1 to `most`; anything else is a 422 that names it."""
    asked = request.query_params.get(name, default) or ""
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 19 and 1 <= int(asked) <= most):
        raise Invalid(fields={name: [f"1 … {most}"]})
    return int(asked)


class Plain(ApiView):
    """An address without pages and filters."""

    pagination_class = None
    filter_backends: list = []


class MatchView(Plain):
    """Positions for the student who asks, best first."""

    audience = {Role.STUDENT}
    serializer_class = MatchSerializer

    @extend_schema(
        parameters=[LIMIT, PAGE],
        responses=MatchSerializer(many=True),
        examples=[
            examples.shown("By fit", examples.MATCH),
            examples.shown("Order by fit is off", examples.NEUTRAL),
        ],
    )
    def get(self, request: Request) -> Response:
        """The list, recorded as shown."""
        limit = whole_number(request, "limit", MOST, "20")
        found = matches_for(self.actor, limit, page=whole_number(request, "page", PAGES, "1"))
        record_impressions(actor=self.actor, matches=found, surface=Surface.API)
        return Response(MatchSerializer(found.shown, many=True).data)


class MatchDetailView(Plain):
    """One position for the student who asks."""

    audience = {Role.STUDENT}
    serializer_class = MatchDetailSerializer

    @extend_schema(
        responses=MatchDetailSerializer,
        examples=[
            examples.shown(
                "With what would raise it",
                {key: value for key, value in examples.MATCH.items() if key != "rank"}
                | {
                    "raising": [
                        {
                            "feature": "skills_covered",
                            "gain": 0.06,
                            "zh": "学会“识图”",
                            "en": "Learn “识图”",
                        }
                    ],
                    "hidden_cause": None,
                },
            )
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Score, every reason, and what would raise it."""
        student = student_of(self.actor)
        position = positions_visible_to(self.actor).filter(pk=pk).first()
        if position is None:
            raise NotFound()
        return Response(MatchDetailSerializer(detail_for(self.actor, position, student=student)).data)


class CompareView(Plain):
    """Two positions side by side."""

    audience = {Role.STUDENT}
    serializer_class = ComparedSerializer

    @extend_schema(
        parameters=[OpenApiParameter(name, int, required=True) for name in ("a", "b")],
        responses=ComparedSerializer,
        examples=[
            examples.shown(
                "One term",
                {
                    "a": examples.MATCH,
                    "b": examples.MATCH | {"position": 43, "rank": 2, "score": 0.71},
                    "differences": [
                        {
                            "feature": "salary",
                            "a": -0.04,
                            "b": -0.1,
                            "delta": 0.06,
                            "zh": "薪资",
                            "en": "Pay",
                        }
                    ],
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """What speaks for the first, term by term."""
        a, b = (whole_number(request, name, BIG) for name in ("a", "b"))
        return Response(ComparedSerializer(compare_for(self.actor, a, b)).data)


class PersonalisationView(Plain):
    """Whether positions are ordered by fit."""

    audience = {Role.STUDENT}
    serializer_class = PersonalisationSerializer

    @extend_schema(
        responses=PersonalisationSerializer, examples=[examples.shown("On", {"personalised": True})]
    )
    def get(self, request: Request) -> Response:
        """The switch as it stands."""
        return Response({"personalised": student_of(self.actor).personalised})

    @extend_schema(
        request=PersonalisationSerializer,
        responses=PersonalisationSerializer,
        examples=[examples.asked("Off", {"personalised": False})],
    )
    def put(self, request: Request) -> Response:
        """Switch it; off means that nothing about the student is used or recorded for the order."""
        set_personalised(actor=self.actor, on=self.payload()["personalised"])
        return Response({"personalised": student_of(self.actor).personalised})


class InteractionsView(ApiView):
    """What the student who asks saved or hid, the last first; and a new view, save or "not interested"."""

    audience = {Role.STUDENT}
    model = Interaction
    visible_to = staticmethod(answers_of)
    serializer_class = InteractionOutput

    @extend_schema(responses=InteractionOutput(many=True))
    def get(self, request: Request) -> Response:
        """A page."""
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(InteractionOutput(rows, many=True).data)

    @extend_schema(
        request=InteractionInput,
        responses={201: InteractionOutput, 204: None},
        examples=[
            examples.asked("Save", {"position_id": 42, "kind": "save"}),
            examples.asked("Too far", {"position_id": 42, "kind": "not_interested", "cause": "place"}),
        ],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Note it; 204: a view that is not kept because the order by fit is off."""
        row = interact(actor=self.actor, **self.payload(InteractionInput))
        return Response(InteractionOutput(row).data, status=201) if row else Response(status=204)


class InteractionUndoView(Plain):
    """A save or "not interested" of the student who asks."""

    audience = {Role.STUDENT}
    serializer_class = InteractionOutput

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, kind: str) -> Response:
        """Take it back."""
        if not undo(actor=self.actor, position_id=pk, kind=kind):
            raise NotFound()
        return Response(status=204)
