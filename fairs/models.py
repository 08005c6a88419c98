"""A fair, its booths, lines and meetings; and the journal that tells everybody what changed."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, REMOVE, about, personal
from fairs.call_models import CameraCheck, Extension
from fairs.console_models import Invitation, TeamMessage
from fairs.control_models import (
    Announcement,
    BoothPresence,
    FairSample,
    Question,
    ServerProcess,
    Silence,
    StandIn,
)
from fairs.enums import (
    BUSY,
    IN_LINE,
    LIVE_TICKET,
    BoothStatus,
    FairEntry,
    FairPlace,
    FairStatus,
    MeetingStatus,
    MessageKind,
    Outcome,
    TicketStatus,
)
from fairs.group_models import GroupMessage, GroupSession
from fairs.handover_models import Handover
from fairs.onsite_models import CheckIn
from fairs.plan_models import STUDENT, BoothChoice, BoothMark, BoothTeam, Plan, PlannedTalk
from fairs.safety_models import Block, Report
from fairs.window_models import FairGuests, FairWindow

__all__ = [
    "Announcement",
    "Block",
    "Booth",
    "BoothChoice",
    "BoothMark",
    "BoothPosition",
    "BoothPresence",
    "BoothTeam",
    "CameraCheck",
    "CheckIn",
    "CommandReceipt",
    "Event",
    "Extension",
    "Fair",
    "FairGuests",
    "FairRegistration",
    "FairSample",
    "FairWindow",
    "GroupMessage",
    "GroupSession",
    "Handover",
    "Invitation",
    "Meeting",
    "Message",
    "Plan",
    "PlannedTalk",
    "Question",
    "Report",
    "ServerProcess",
    "Silence",
    "StandIn",
    "Stream",
    "TeamMessage",
    "Ticket",
]


class Fair(Row):
    """A job fair of a school, open to its alliance; links of its big screens hold for one `screen_round`."""

    school = models.ForeignKey("schools.School", models.PROTECT, related_name="fairs")
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=120)
    description = models.TextField(_("Description"), max_length=3000, blank=True)
    place = models.CharField(
        _("Kind of fair"), max_length=8, choices=FairPlace.choices, default=FairPlace.BOTH
    )
    address = models.CharField(_("Address"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(pgettext_lazy("time", "Ends"))
    status = models.CharField(
        _("Status"), max_length=10, choices=FairStatus.choices, default=FairStatus.DRAFT
    )
    lines_per_student = models.PositiveSmallIntegerField(_("Lines a student may stand in at once"), default=3)
    meeting_minutes = models.PositiveSmallIntegerField(_("Minutes planned for a meeting"), default=8)
    no_show_grace_seconds = models.PositiveSmallIntegerField(_("Seconds to come when called"), default=90)
    turn_bonus_minutes = models.PositiveSmallIntegerField(
        _("Minutes of waiting that count for each talk fewer than two today"), default=5
    )
    by_clock = models.BooleanField(_("Open and close by the clock"), default=False)
    entry = models.CharField(
        _("Who may come"), max_length=8, choices=FairEntry.choices, default=FairEntry.ALLIANCE
    )
    invitations_per_hour = models.PositiveSmallIntegerField(
        _("Invitations a booth may send per hour"), default=20
    )
    invitations_per_day = models.PositiveSmallIntegerField(
        _("Invitations a student may get per day"), default=6
    )
    steps_away_max = models.PositiveSmallIntegerField(
        _("Times a student may step away from a line"), default=3
    )
    away_minutes_max = models.PositiveSmallIntegerField(
        _("Minutes a student may stay away from a line"), default=10
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    screen_round = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="fair_status_known", condition=Q(status__in=FairStatus.values)),
            models.CheckConstraint(name="fair_entry_known", condition=Q(entry__in=FairEntry.values)),
            models.CheckConstraint(name="fair_in_order", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="fair_lines_positive", condition=Q(lines_per_student__range=(1, 20))),
            models.CheckConstraint(
                name="fair_minutes_positive", condition=Q(meeting_minutes__range=(1, 120))
            ),
            models.CheckConstraint(
                name="fair_grace_positive", condition=Q(no_show_grace_seconds__range=(10, 1800))
            ),
            models.CheckConstraint(name="fair_turn_bonus", condition=Q(turn_bonus_minutes__range=(0, 60))),
            models.CheckConstraint(
                name="fair_invitations",
                condition=Q(invitations_per_hour__range=(0, 200), invitations_per_day__range=(0, 50)),
            ),
            models.CheckConstraint(name="fair_steps_away", condition=Q(steps_away_max__range=(0, 20))),
            models.CheckConstraint(name="fair_away_minutes", condition=Q(away_minutes_max__range=(1, 120))),
        ]
        indexes = [models.Index(fields=["school", "status"], name="fair_by_status")]

    def __str__(self) -> str:
        return self.name

    def hours(self) -> list[tuple[datetime, datetime]]:
        """The windows in which the fair is open, in order; one from start to end where none is written down."""
        rows = sorted((row.starts_at, row.ends_at) for row in self.windows.all())
        return rows or [(self.starts_at, self.ends_at)]


class Booth(Row):
    """A company's place at a fair; `last_number` is the last number (号) drawn in its line, `order` its place in the zone."""

    fair = models.ForeignKey(Fair, models.CASCADE, related_name="booths")
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="booths")
    division = models.ForeignKey(
        "companies.CompanyDivision", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    label = models.CharField(_("Booth number"), max_length=12, blank=True)
    zone = models.CharField(_("Zone"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(_("Order in the zone"), default=0)
    status = models.CharField(
        _("Status"), max_length=10, choices=BoothStatus.choices, default=BoothStatus.REQUESTED
    )
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    paused = models.BooleanField(_("Paused"), default=False)
    pause_message = models.CharField(_("Message to those who wait"), max_length=200, blank=True)
    opens_at = models.DateTimeField(_("Booth opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("Booth closes"), null=True, blank=True)
    line_closed = models.BooleanField(_("Line closed"), default=False)
    last_number = models.PositiveIntegerField(default=0)
    positions = models.ManyToManyField("positions.Position", through="BoothPosition", related_name="booths")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fair", "company", "division"], name="booth_once_per_division"),
            models.UniqueConstraint(
                fields=["fair", "company"], condition=Q(division__isnull=True), name="booth_once"
            ),
            models.UniqueConstraint(
                fields=["fair", "label"], condition=~Q(label=""), name="booth_label_once"
            ),
            models.CheckConstraint(name="booth_status_known", condition=Q(status__in=BoothStatus.values)),
            models.CheckConstraint(
                name="booth_message_while_paused", condition=Q(paused=True) | Q(pause_message="")
            ),
            models.CheckConstraint(
                name="booth_hours_in_order",
                condition=Q(opens_at__isnull=True)
                | Q(closes_at__isnull=True)
                | Q(closes_at__gt=F("opens_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.company_id}"


class BoothPosition(models.Model):
    """A position a company brings to a booth."""

    booth = models.ForeignKey(Booth, models.CASCADE, related_name="brought")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["booth", "position"], name="booth_position_once")]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.position_id}"


@about(STUDENT)
class FairRegistration(Row):
    """A student who signed up for a fair, free to be planned between two times; `entered_at` is the first visit to the live hall."""

    fair = models.ForeignKey(Fair, models.CASCADE, related_name="registrations")
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="fair_registrations")
    entered_at = models.DateTimeField(null=True, blank=True)
    reminders = models.BooleanField(_("Remind me"), default=True)
    invitable = models.BooleanField(_("Companies may invite me to their line"), default=True)
    free_from = personal("plan", erase=BLANK)(
        models.DateTimeField(_("I can come from"), null=True, blank=True)
    )
    free_until = personal("plan", erase=BLANK)(
        models.DateTimeField(_("I can stay until"), null=True, blank=True)
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fair", "student"], name="registration_once"),
            models.CheckConstraint(
                name="registration_in_order",
                condition=Q(free_from__isnull=True)
                | Q(free_until__isnull=True)
                | Q(free_until__gt=F("free_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.student_id}"


@about(STUDENT)
class Ticket(Row):
    """A student's place in the line of a booth, by since when they stand there; stepping away keeps it.

    `stands_since` lies before `joined_at` by the bonus that the student's talks so far gave; `fairs/turns.py` has the order.
    `group`: called into this group session; `alone`: has declined one, and is not asked into another with this number.
    """

    booth = models.ForeignKey(Booth, models.CASCADE, related_name="tickets")
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="tickets")
    number = models.PositiveIntegerField(_("Number"))
    status = models.CharField(
        _("Status"), max_length=8, choices=TicketStatus.choices, default=TicketStatus.WAITING
    )
    stands_since = models.DateTimeField(default=clock.now)
    joined_at = models.DateTimeField(default=clock.now)
    talks_before = models.PositiveSmallIntegerField(default=0)
    bonus_minutes = models.PositiveSmallIntegerField(default=0)
    steps_away = models.PositiveSmallIntegerField(default=0)
    away_until = models.DateTimeField(null=True, blank=True)
    away_warned = models.BooleanField(default=False)
    called_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    called_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    call_reason = models.JSONField(default=dict)
    group = models.ForeignKey(GroupSession, models.SET_NULL, null=True, blank=True, related_name="tickets")
    alone = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booth", "number"], name="ticket_number_once"),
            models.UniqueConstraint(
                fields=["booth", "student"],
                condition=Q(status__in=[s.value for s in LIVE_TICKET]),
                name="ticket_one_live",
            ),
            # Nobody is called to two booths at once: the database has the last word, whoever asks.
            models.UniqueConstraint(
                fields=["student"], condition=Q(status__in=[s.value for s in BUSY]), name="ticket_one_busy"
            ),
            # A group session is one talk of its recruiter, with many tickets.
            models.UniqueConstraint(
                fields=["called_by"],
                condition=Q(status__in=[s.value for s in BUSY], group__isnull=True),
                name="ticket_recruiter_one_busy",
            ),
            models.CheckConstraint(
                name="ticket_group_called",
                condition=Q(group__isnull=True) | ~Q(status__in=[s.value for s in IN_LINE]),
            ),
            models.CheckConstraint(
                name="ticket_alone_no_group", condition=Q(alone=False) | Q(group__isnull=True)
            ),
            models.CheckConstraint(name="ticket_status_known", condition=Q(status__in=TicketStatus.values)),
            models.CheckConstraint(
                name="ticket_called_has_deadline",
                condition=~Q(status=TicketStatus.CALLED)
                | Q(called_at__isnull=False, answer_by__isnull=False),
            ),
            models.CheckConstraint(name="ticket_stands_since", condition=Q(stands_since__lte=F("joined_at"))),
            models.CheckConstraint(name="ticket_bonus", condition=Q(bonus_minutes__range=(0, 120))),
        ]
        indexes = [
            models.Index(fields=["booth", "status", "stands_since", "number"], name="ticket_line"),
            models.Index(fields=["status", "answer_by"], name="ticket_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id} #{self.number}"


@about(f"ticket__{STUDENT}")
class Meeting(Row):
    """A live talk between a recruiter and the student of a ticket; `escalated`: which of the steps in domain/escalation.py it took."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="meeting")
    recruiter = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    status = models.CharField(
        _("Status"), max_length=6, choices=MeetingStatus.choices, default=MeetingStatus.OPEN
    )
    started_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(_("Planned end"))
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("Outcome"), max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    due_at = models.DateTimeField(_("Answer due"), null=True, blank=True)
    escalated = models.PositiveSmallIntegerField(default=0)
    message = personal("meeting", erase=BLANK)(
        models.TextField(_("Message to the student"), max_length=1000, blank=True)
    )
    note = personal("meeting", erase=BLANK, copied=False)(
        models.TextField(_("Private note"), max_length=2000, blank=True)
    )
    rating = models.PositiveSmallIntegerField(_("Rating"), null=True, blank=True)
    next_step = personal("meeting", erase=BLANK, copied=False)(
        models.CharField(_("Next step"), max_length=200, blank=True)
    )
    next_step_due = models.DateField(_("Next step due"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="meeting_status_known", condition=Q(status__in=MeetingStatus.values)),
            models.CheckConstraint(name="meeting_outcome_known", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(
                name="meeting_never_silent",
                condition=Q(status=MeetingStatus.OPEN)
                | ~Q(outcome=Outcome.PENDING)
                | Q(due_at__isnull=False),
            ),
            models.CheckConstraint(name="meeting_escalated", condition=Q(escalated__range=(0, 3))),
            models.CheckConstraint(
                name="meeting_rating", condition=Q(rating__isnull=True) | Q(rating__range=(1, 5))
            ),
            models.CheckConstraint(
                name="meeting_step_dated", condition=Q(next_step="") | Q(next_step_due__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="meeting_due")]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"


@about("author")
class Message(models.Model):
    """One line of a meeting; a shared resume or contact data points at the student's grant."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="messages")
    author = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    by_student = models.BooleanField(default=False)
    kind = models.CharField(max_length=8, choices=MessageKind.choices, default=MessageKind.TEXT)
    text = personal("meeting", erase=BLANK, keep_days=180, since="at")(
        models.TextField(_("Message"), max_length=2000, blank=True)
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["meeting", "id"], name="message_order")]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.kind}"


class Stream(models.Model):
    """One audience's journal; its row's lock gives events their sequence numbers."""

    name = models.CharField(max_length=60, unique=True)
    last_seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One thing that happened, numbered within its stream, written in the transaction that did it."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_seq_once")]

    def __str__(self) -> str:
        return f"{self.stream_id}#{self.seq} {self.kind}"


@about("user", erase=REMOVE, hidden=("answer",))
class CommandReceipt(models.Model):
    """The first answer to a socket command, written in the transaction that carried it out."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    command_id = models.CharField(max_length=64)
    answer = personal("repeat", erase=REMOVE, copied=False)(models.JSONField(default=dict))
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "command_id"], name="command_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.command_id}"
