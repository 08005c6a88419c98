"""What programs see of fairs: explicit fields, one class per audience."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.web.forms import LARGEST
from fairs import queries
from fairs.enums import Outcome
from fairs.models import Booth, Fair, Meeting, Message, Ticket


class FairSerializer(serializers.ModelSerializer):
    """A fair for everybody."""

    school = serializers.CharField(source="school.name", read_only=True)

    class Meta:
        model = Fair
        fields = (
            "id",
            "school",
            "name",
            "description",
            "place",
            "address",
            "starts_at",
            "ends_at",
            "status",
            "lines_per_student",
            "meeting_minutes",
            "no_show_grace_seconds",
            "turn_bonus_minutes",
            "steps_away_max",
            "away_minutes_max",
        )


class BoothSerializer(serializers.ModelSerializer):
    """A booth with its positions."""

    company = serializers.CharField(source="company.name", read_only=True)
    positions = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Booth
        fields = (
            "id",
            "fair_id",
            "company_id",
            "company",
            "label",
            "zone",
            "status",
            "paused",
            "pause_message",
            "opens_at",
            "closes_at",
            "positions",
        )


class BoothInput(serializers.Serializer):
    """A company's request for a booth."""

    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), allow_empty=False
    )
    division = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class TicketSerializer(serializers.ModelSerializer):
    """A place in a line: no name, so that one class serves both sides."""

    place = serializers.SerializerMethodField()

    class Meta:
        model = Ticket
        fields = (
            "id",
            "booth_id",
            "number",
            "status",
            "place",
            "stands_since",
            "joined_at",
            "called_at",
            "answer_by",
            "away_until",
            "ended_at",
            "group_id",
            "alone",
        )

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_place(self, ticket: Ticket) -> int | None:
        """1 for the next; null when the number no longer waits."""
        # Lists read all places in their one statement; after a command the row comes without.
        return ticket.place if hasattr(ticket, "place") else queries.place_of(ticket)


class TicketInput(serializers.Serializer):
    """Which line to join."""

    booth = serializers.IntegerField(min_value=1)


class MeetingSerializer(serializers.ModelSerializer):
    """A talk, without the company's private note and rating."""

    class Meta:
        model = Meeting
        fields = (
            "id",
            "ticket_id",
            "status",
            "started_at",
            "ends_at",
            "ended_at",
            "outcome",
            "message",
            "due_at",
        )


class MessageSerializer(serializers.ModelSerializer):
    """One line of a talk."""

    class Meta:
        model = Message
        fields = ("id", "by_student", "kind", "text", "at")


class MessageInput(serializers.Serializer):
    """Something to say."""

    text = serializers.CharField(max_length=2000)


class EndInput(serializers.Serializer):
    """How a talk ends."""

    outcome = serializers.ChoiceField(choices=Outcome.choices, default=Outcome.PENDING)
    message = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    next_step = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    next_step_due = serializers.DateField(required=False, allow_null=True, default=None)
