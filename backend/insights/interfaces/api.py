"""JSON of demand and supply."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.views import ApiView
from backend.common.errors import Invalid
from backend.insights.enums import Dimension
from backend.insights.queries import Observation, observe
from backend.insights.ratio import Ratio


class GroupSerializer(serializers.Serializer):
    """One group's figures."""

    key = serializers.CharField()
    label = serializers.CharField()
    openings = serializers.IntegerField()
    seekers = serializers.IntegerField()
    positions = serializers.IntegerField()
    ratio = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    below_one = serializers.BooleanField()
    small = serializers.BooleanField()


class ExclusionSerializer(serializers.Serializer):
    """What is not counted."""

    reason = serializers.CharField()
    number = serializers.IntegerField()


class RatioSerializer(serializers.Serializer):
    """The whole table at one moment."""

    by = serializers.ChoiceField(choices=Dimension.choices)
    at = serializers.DateTimeField()
    total = GroupSerializer()
    groups = GroupSerializer(many=True)
    excluded = ExclusionSerializer(many=True)


class RatioView(ApiView):
    """Openings, seekers and their ratio."""

    audience = {Role.STAFF, Role.OPERATOR}
    serializer_class = RatioSerializer
    pagination_class = None
    filter_backends: list = []

    @extend_schema(
        parameters=[OpenApiParameter("by", str, enum=Dimension.values, default=Dimension.OCCUPATION.value)],
        responses=RatioSerializer,
    )
    def get(self, request: Request) -> Response:
        """Demand and supply by one dimension."""
        asked = request.query_params.get("by", Dimension.OCCUPATION)
        if asked not in Dimension.values:
            raise Invalid(fields={"by": [", ".join(Dimension.values)]})
        return Response(RatioSerializer(_as_json(observe(self.actor, Dimension(asked)))).data)


def _as_json(observation: Observation) -> dict:
    return {
        "by": observation.dimension,
        "at": observation.at,
        "total": _group(observation.table.total, "*"),
        "groups": [_group(group, observation.label(group.key)) for group in observation.table.groups],
        "excluded": [{"reason": item.reason, "number": item.number} for item in observation.excluded],
    }


def _group(group: Ratio, label: str) -> dict:
    low, high = group.interval or (None, None)
    return {
        "key": group.key,
        "label": label,
        "openings": group.openings,
        "seekers": group.seekers,
        "positions": group.positions,
        "ratio": group.value,
        "low": low,
        "high": high,
        "below_one": group.below_one,
        "small": group.small,
    }
