"""Plans of talks for programs: the same functions the pages call."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.fields import MomentField
from backend.api.idempotency import idempotent
from backend.api.views import ApiViewSet
from backend.web.forms import LARGEST
from fairs import plans
from fairs.domain import plan as planner
from fairs.domain import wishes
from fairs.models import BoothChoice, Plan, PlannedTalk
from fairs.plan_models import LIMITS

EVERYBODY = {Role.STUDENT, Role.RECRUITER, Role.STAFF, Role.OPERATOR}


class PlanSerializer(serializers.ModelSerializer):
    """A plan: its grid and its state."""

    ends_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Plan
        fields = (
            "id",
            "fair_id",
            "status",
            "starts_at",
            "ends_at",
            "slots",
            "minutes",
            "most",
            "breath",
            "seed",
            "published_at",
        )


def _limited(name: str) -> serializers.IntegerField:
    low, high = LIMITS[name]
    return serializers.IntegerField(required=False, min_value=low, max_value=high)


class PlanInput(serializers.Serializer):
    """What a plan is to be laid out by; what is left out keeps its default."""

    fair = serializers.IntegerField(min_value=1)
    most = _limited("most")
    minutes = _limited("minutes")
    breath = _limited("breath")
    seed = _limited("seed")


class PlannedTalkSerializer(serializers.ModelSerializer):
    """A planned talk without a name, so that one class serves both sides."""

    fair_id = serializers.IntegerField(source="plan.fair_id", read_only=True)
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = PlannedTalk
        fields = (
            "id",
            "fair_id",
            "booth_id",
            "student_id",
            "slot",
            "starts_at",
            "ends_at",
            "chosen",
            "marked",
            "ticket_id",
        )


class PlannedTalkInput(serializers.Serializer):
    """One more talk by hand."""

    fair = serializers.IntegerField(min_value=1)
    booth = serializers.IntegerField(min_value=1)
    student = serializers.IntegerField(min_value=1)
    slot = serializers.IntegerField(min_value=0)


class TalkTimeInput(serializers.Serializer):
    """Another time."""

    slot = serializers.IntegerField(min_value=0)


class ChoiceSerializer(serializers.ModelSerializer):
    """A booth a student wants to meet."""

    fair_id = serializers.IntegerField(source="registration.fair_id", read_only=True)

    class Meta:
        model = BoothChoice
        fields = ("id", "fair_id", "booth_id", "rank")


class ChoicesInput(serializers.Serializer):
    """All choices of a fair, the dearest first, and the hours; what was said before is replaced."""

    fair = serializers.IntegerField(min_value=1)
    booths = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), allow_empty=True, max_length=50
    )
    free_from = MomentField(required=False, allow_null=True)
    free_until = MomentField(required=False, allow_null=True)


class PlanViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Plans one sees; the school that holds the fair proposes, publishes and takes back."""

    audience = {
        "list": EVERYBODY,
        "retrieve": EVERYBODY,
        "create": {Role.STAFF},
        "publish": {Role.STAFF},
        "withdraw": {Role.STAFF},
    }
    model = Plan
    serializer_class = PlanSerializer

    @staticmethod
    def visible_to(actor):
        """Plans in order of their fairs."""
        return plans.plans_visible_to(actor).order_by("pk")

    @extend_schema(request=PlanInput, responses={201: PlanSerializer})
    @idempotent
    def create(self, request):
        """Have a plan proposed; an earlier draft is replaced."""
        values = self.payload(PlanInput)
        made = planner.propose_plan(actor=self.actor, fair_id=values.pop("fair"), values=values)
        return Response(PlanSerializer(made).data, status=201)

    @extend_schema(request=None, responses={200: PlanSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request, pk=None):
        """Make the draft everybody's timetable."""
        made = planner.publish_plan(actor=self.actor, fair_id=self.get_object().fair_id)
        return Response(PlanSerializer(made).data)

    @extend_schema(request=None, responses={200: PlanSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        """Take the timetables back."""
        made = planner.withdraw_plan(actor=self.actor, fair_id=self.get_object().fair_id)
        return Response(PlanSerializer(made).data)


class PlannedTalkViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Planned talks: a student's own, a company's, a school's."""

    audience = {
        "list": EVERYBODY,
        "retrieve": EVERYBODY,
        "create": {Role.STAFF},
        "move": {Role.STAFF},
        "drop": {Role.STAFF, Role.STUDENT},
    }
    model, visible_to = PlannedTalk, staticmethod(plans.talks_visible_to)
    serializer_class = PlannedTalkSerializer

    @extend_schema(request=PlannedTalkInput, responses={201: PlannedTalkSerializer})
    @idempotent
    def create(self, request):
        """Plan one more talk by hand."""
        values = self.payload(PlannedTalkInput)
        made = planner.add_talk(
            actor=self.actor,
            fair_id=values["fair"],
            booth_id=values["booth"],
            student_id=values["student"],
            slot=values["slot"],
        )
        return Response(PlannedTalkSerializer(made).data, status=201)

    @extend_schema(request=TalkTimeInput, responses={200: PlannedTalkSerializer})
    @action(detail=True, methods=["post"])
    def move(self, request, pk=None):
        """Another time for a talk."""
        moved = planner.move_talk(
            actor=self.actor, talk_id=self.get_object().pk, slot=self.payload(TalkTimeInput)["slot"]
        )
        return Response(PlannedTalkSerializer(moved).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def drop(self, request, pk=None):
        """Take a talk out of the plan; a student gives up their own."""
        planner.drop_talk(actor=self.actor, talk_id=self.get_object().pk)
        return Response(status=204)


class ChoiceViewSet(ListModelMixin, ApiViewSet):
    """A student's choices of booths."""

    audience = {"list": {Role.STUDENT}, "create": {Role.STUDENT}}
    model = BoothChoice
    serializer_class = ChoiceSerializer

    @staticmethod
    def visible_to(actor):
        """One's own, by fair and rank."""
        own = BoothChoice.objects.filter(registration__student_id=actor.student_id)
        return own.select_related("registration").order_by("registration__fair_id", "rank")

    @extend_schema(request=ChoicesInput, responses={201: ChoiceSerializer(many=True)})
    @idempotent
    def create(self, request):
        """Say which booths one wants to meet, and when one can come."""
        values = self.payload(ChoicesInput)
        row = wishes.choose_booths(
            actor=self.actor,
            fair_id=values["fair"],
            booth_ids=values["booths"],
            free_from=values.get("free_from"),
            free_until=values.get("free_until"),
        )
        rows = row.choices.select_related("registration").order_by("rank")
        return Response(ChoiceSerializer(rows, many=True).data, status=201)
