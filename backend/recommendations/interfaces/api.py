"""JSON of matches and what students do with them."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.views import ApiView
from backend.common.errors import Invalid
from backend.recommendations.domain import interact, record_impressions
from backend.recommendations.enums import Cause, InteractionKind
from backend.recommendations.queries import matches_for

MOST = 50
KINDS = [choice for choice in InteractionKind.choices if choice[0] != InteractionKind.APPLY]


class ReasonSerializer(serializers.Serializer):
    """One term of the score."""

    feature = serializers.CharField()
    contribution = serializers.FloatField()
    zh = serializers.CharField()
    en = serializers.CharField()


class MatchSerializer(serializers.Serializer):
    """A position at its place in the list; score and reasons are null and empty without personalisation."""

    position = serializers.IntegerField(source="position.pk")
    title = serializers.CharField(source="position.title")
    company = serializers.CharField(source="position.company.name")
    rank = serializers.IntegerField()
    score = serializers.FloatField(source="match.score", allow_null=True, default=None)
    model = serializers.CharField(source="match.model", allow_null=True, default=None)
    reasons = ReasonSerializer(source="match.reasons", many=True, default=[])
    saved = serializers.BooleanField()


class InteractionInput(serializers.Serializer):
    """What the student did."""

    position_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    kind = serializers.ChoiceField(choices=KINDS)
    cause = serializers.ChoiceField(choices=Cause.choices, required=False, allow_blank=True, default="")


class InteractionOutput(serializers.Serializer):
    """As stored."""

    position = serializers.IntegerField(source="position_id")
    kind = serializers.CharField()
    cause = serializers.CharField()
    at = serializers.DateTimeField()


class MatchView(ApiView):
    """Positions for the student who asks, best first."""

    audience = {Role.STUDENT}
    serializer_class = MatchSerializer
    pagination_class = None
    filter_backends: list = []

    @extend_schema(
        parameters=[OpenApiParameter("limit", int, description=f"1 to {MOST}", default=20)],
        responses=MatchSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The list, recorded as shown."""
        asked = request.query_params.get("limit", "20")
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= MOST and len(asked) <= 6):
            raise Invalid(fields={"limit": [f"1 … {MOST}"]})
        shown = matches_for(self.actor, int(asked))
        record_impressions(actor=self.actor, shown=shown, surface="api")
        return Response(MatchSerializer(shown, many=True).data)


class InteractionView(ApiView):
    """View, save, not interested."""

    audience = {Role.STUDENT}
    serializer_class = InteractionInput
    pagination_class = None
    filter_backends: list = []

    @extend_schema(request=InteractionInput, responses={201: InteractionOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Note it."""
        row = interact(actor=self.actor, **self.payload(InteractionInput))
        return Response(InteractionOutput(row).data, status=201)
