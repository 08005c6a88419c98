"""JSON of applications, one shape per audience."""

from rest_framework import serializers

from backend.api.fields import MomentField
from backend.applications.enums import COMPANY_STEPS
from backend.applications.models import Application, ApplicationStep, InterviewSlot, Offer


class StepSerializer(serializers.ModelSerializer):
    """One step with its time."""

    class Meta:
        model = ApplicationStep
        fields = ["at", "status", "message", "by_role"]


class OfferSerializer(serializers.ModelSerializer):
    """Terms of an offer."""

    class Meta:
        model = Offer
        fields = ["salary", "starts_on", "deadline", "text", "answered_at"]


class ApplicationSerializer(serializers.ModelSerializer):
    """An application as both sides may see it; no contact data, no private notes or rating."""

    position_title = serializers.CharField(source="position.title", read_only=True)
    company_name = serializers.CharField(source="position.company.name", read_only=True)
    student_name = serializers.CharField(source="student.name", read_only=True)
    major = serializers.CharField(source="student.major.name", read_only=True)

    class Meta:
        model = Application
        fields = [
            "id",
            "position",
            "position_title",
            "company_name",
            "student",
            "student_name",
            "major",
            "resume",
            "note",
            "status",
            "due_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class ApplicationDetailSerializer(ApplicationSerializer):
    """With every step."""

    steps = StepSerializer(many=True, read_only=True)
    offer = OfferSerializer(read_only=True, allow_null=True, default=None)

    class Meta(ApplicationSerializer.Meta):
        fields = [*ApplicationSerializer.Meta.fields, "steps", "offer"]
        read_only_fields = fields


class SlotSerializer(serializers.ModelSerializer):
    """An interview time; whose booking it is stays with the company."""

    taken = serializers.SerializerMethodField()

    class Meta:
        model = InterviewSlot
        fields = ["id", "position", "starts_at", "ends_at", "place", "taken"]
        read_only_fields = fields

    def get_taken(self, slot: InterviewSlot) -> bool:
        """Whether somebody has booked it."""
        return slot.application_id is not None


class ApplyInput(serializers.Serializer):
    """What applying takes."""

    position_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    resume_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class EligibilityQuery(serializers.Serializer):
    """Which position is asked about."""

    position = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class FailingSerializer(serializers.Serializer):
    """A field that stands in the way, and the sentence that says why."""

    field = serializers.CharField(source="name")
    message = serializers.CharField()


class EligibilityOutput(serializers.Serializer):
    """Whether the student qualifies, and what stands in the way."""

    eligible = serializers.BooleanField()
    failing = FailingSerializer(many=True)


class MoveInput(serializers.Serializer):
    """The company's next step."""

    to = serializers.ChoiceField(choices=[(step.value, step.label) for step in sorted(COMPANY_STEPS)])
    message = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class BulkMoveInput(MoveInput):
    """The same step for many."""

    application_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=200
    )


class BulkMoveOutput(serializers.Serializer):
    """Which moved, and which could not and why."""

    moved = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.DictField(child=serializers.CharField())


class NoteInput(serializers.Serializer):
    """A private note."""

    text = serializers.CharField(max_length=2000)


class NoteOutput(serializers.Serializer):
    """A private note as stored."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class RatingInput(serializers.Serializer):
    """One to five."""

    rating = serializers.IntegerField(min_value=1, max_value=5)


class ReasonInput(serializers.Serializer):
    """Why, if one likes."""

    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class OfferInput(serializers.Serializer):
    """Terms of an offer."""

    salary = serializers.IntegerField(min_value=1, max_value=10_000_000)
    starts_on = serializers.DateField()
    deadline = MomentField()
    text = serializers.CharField(max_length=3000, required=False, allow_blank=True, default="")


class TimeInput(serializers.Serializer):
    """One interview time."""

    starts_at = MomentField()
    ends_at = MomentField()


class SlotsInput(serializers.Serializer):
    """Interview times of one position at one place."""

    position_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    place = serializers.CharField(max_length=200)
    times = TimeInput(many=True, min_length=1, max_length=100)
