"""Fairs for programs: the same functions the pages and the socket call."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC
from backend.api.views import ApiViewSet
from fairs import queries
from fairs.domain import booth as booths
from fairs.domain import chat, fair, line, meeting
from fairs.interfaces.serializers import (
    BoothInput,
    BoothSerializer,
    EndInput,
    FairSerializer,
    MeetingSerializer,
    MessageInput,
    MessageSerializer,
    TicketInput,
    TicketSerializer,
)
from fairs.models import Booth, Fair, Meeting, Ticket

BOTH_SIDES = {Role.STUDENT, Role.RECRUITER}


class FairViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Fairs one sees; students register, companies ask for a booth."""

    audience = {"list": PUBLIC, "retrieve": PUBLIC, "register": {Role.STUDENT}, "sign_up": {Role.RECRUITER}}
    model, visible_to = Fair, staticmethod(queries.fairs_visible_to)
    serializer_class = FairSerializer

    @extend_schema(request=None, responses={200: FairSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def register(self, request, pk=None):
        """Sign up for a fair; twice is once."""
        found = self.get_object()
        fair.register_for_fair(actor=self.actor, fair_id=found.pk)
        return Response(FairSerializer(found).data)

    @extend_schema(request=BoothInput, responses={201: BoothSerializer})
    @action(detail=True, methods=["post"], url_path="sign-up")
    @idempotent
    def sign_up(self, request, pk=None):
        """Ask for a booth with published positions."""
        found = self.get_object()
        values = self.payload(BoothInput)
        booth = booths.request_booth(
            actor=self.actor,
            fair_id=found.pk,
            position_ids=values["positions"],
            division_id=values.get("division"),
        )
        return Response(BoothSerializer(booth).data, status=201)


class BoothViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Booths one sees; a booth's recruiters call the next."""

    audience = {"list": PUBLIC, "retrieve": PUBLIC, "call": {Role.RECRUITER}}
    model = Booth
    serializer_class = BoothSerializer

    @staticmethod
    def visible_to(actor):
        """Booths with their positions, in one query more whatever their number."""
        return queries.with_offers(queries.booths_visible_to(actor))

    @extend_schema(request=None, responses={200: TicketSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def call(self, request, pk=None):
        """Call the first student of the line who is free."""
        ticket = line.call_next(actor=self.actor, booth_id=self.get_object().pk)
        return Response(TicketSerializer(ticket).data)


class TicketViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Places in lines: a student's own, a company's, a school's."""

    audience = {
        "list": {Role.STUDENT, Role.RECRUITER, Role.STAFF},
        "retrieve": {Role.STUDENT, Role.RECRUITER, Role.STAFF},
        "create": {Role.STUDENT},
        "away": {Role.STUDENT},
        "back": {Role.STUDENT},
        "leave": {Role.STUDENT},
        "accept": {Role.STUDENT},
    }
    model = Ticket
    serializer_class = TicketSerializer

    @staticmethod
    def visible_to(actor):
        """Tickets with their places, in one query whatever their number."""
        return queries.with_place(queries.tickets_visible_to(actor))

    @extend_schema(request=TicketInput, responses={201: TicketSerializer})
    @idempotent
    def create(self, request):
        """Draw a number."""
        ticket = line.join_line(actor=self.actor, booth_id=self.payload(TicketInput)["booth"])
        return Response(TicketSerializer(ticket).data, status=201)

    @extend_schema(request=None, responses={200: TicketSerializer})
    @action(detail=True, methods=["post"])
    def away(self, request, pk=None):
        """Step away without losing the place."""
        ticket = line.step_away(actor=self.actor, ticket_id=self.get_object().pk)
        return Response(TicketSerializer(ticket).data)

    @extend_schema(request=None, responses={200: TicketSerializer})
    @action(detail=True, methods=["post"])
    def back(self, request, pk=None):
        """Be callable again."""
        ticket = line.come_back(actor=self.actor, ticket_id=self.get_object().pk)
        return Response(TicketSerializer(ticket).data)

    @extend_schema(request=None, responses={200: TicketSerializer})
    @action(detail=True, methods=["post"])
    def leave(self, request, pk=None):
        """Give the place up."""
        ticket = line.leave_line(actor=self.actor, ticket_id=self.get_object().pk)
        return Response(TicketSerializer(ticket).data)

    @extend_schema(request=None, responses={201: MeetingSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request, pk=None):
        """Come when called: the meeting opens."""
        opened = meeting.accept_call(actor=self.actor, ticket_id=self.get_object().pk)
        return Response(MeetingSerializer(opened).data, status=201)


class MeetingViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Talks of both sides."""

    audience = {"list": BOTH_SIDES, "retrieve": BOTH_SIDES, "say": BOTH_SIDES, "end": BOTH_SIDES}
    model, visible_to = Meeting, staticmethod(queries.meetings_visible_to)
    serializer_class = MeetingSerializer

    @extend_schema(request=MessageInput, responses={201: MessageSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def say(self, request, pk=None):
        """Say something in an open meeting."""
        found = self.get_object()
        said = chat.send_message(
            actor=self.actor, meeting_id=found.pk, text=self.payload(MessageInput)["text"]
        )
        return Response(MessageSerializer(said).data, status=201)

    @extend_schema(request=EndInput, responses={200: MeetingSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        """End a meeting; the recruiter says what came of it, now or later."""
        ended = meeting.end_meeting(
            actor=self.actor, meeting_id=self.get_object().pk, **self.payload(EndInput)
        )
        return Response(MeetingSerializer(ended).data)
