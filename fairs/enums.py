"""Statuses of a fair, a booth, a ticket and a meeting, and the tables of what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FairStatus(models.TextChoices):
    """Life of a fair (双选会)."""

    DRAFT = "draft", _("Draft")
    SIGN_UP = "sign_up", _("Open for sign-up")
    READY = "ready", _("Ready")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Over")
    ARCHIVED = "archived", _("Archived")


F = FairStatus
FAIR_TRANSITIONS = {
    F.DRAFT: frozenset({F.SIGN_UP, F.ARCHIVED}),
    F.SIGN_UP: frozenset({F.READY, F.DRAFT, F.ARCHIVED}),
    F.READY: frozenset({F.LIVE, F.SIGN_UP, F.ARCHIVED}),
    F.LIVE: frozenset({F.PAUSED, F.CLOSED}),
    F.PAUSED: frozenset({F.LIVE, F.CLOSED}),
    F.CLOSED: frozenset({F.ARCHIVED}),
    F.ARCHIVED: frozenset(),
}
PUBLIC_FAIR = [F.SIGN_UP, F.READY, F.LIVE, F.PAUSED, F.CLOSED]
RUNNING = [F.LIVE, F.PAUSED]


class FairPlace(models.TextChoices):
    """Where a fair is held."""

    ONLINE = "online", _("Online")
    ONSITE = "onsite", _("In the hall")
    BOTH = "both", _("In the hall and online")


class FairEntry(models.TextChoices):
    """Students of which schools may come to a fair."""

    SCHOOL = "school", _("Our school only")
    ALLIANCE = "alliance", _("All schools of the alliance")


class BoothStatus(models.TextChoices):
    """A company's request for a booth (展位)."""

    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")


B = BoothStatus
BOOTH_TRANSITIONS = {
    B.REQUESTED: frozenset({B.APPROVED, B.REFUSED}),
    B.APPROVED: frozenset({B.REFUSED}),
    B.REFUSED: frozenset({B.REQUESTED, B.APPROVED}),
}


class TicketStatus(models.TextChoices):
    """A student's place in one line (号)."""

    WAITING = "waiting", _("Waiting")
    AWAY = "away", _("Stepped away")
    CALLED = "called", _("Called")
    MEETING = "meeting", _("In a meeting")
    SERVED = "served", _("Served")
    LEFT = "left", _("Left the line")
    NO_SHOW = "no_show", _("Did not come")


T = TicketStatus
IN_LINE = [T.WAITING, T.AWAY]
BUSY = [T.CALLED, T.MEETING]
LIVE_TICKET = [*IN_LINE, *BUSY]
TICKET_TRANSITIONS = {
    T.WAITING: frozenset({T.AWAY, T.CALLED, T.LEFT}),
    T.AWAY: frozenset({T.WAITING, T.LEFT}),
    T.CALLED: frozenset({T.MEETING, T.WAITING, T.LEFT, T.NO_SHOW}),
    T.MEETING: frozenset({T.SERVED}),
    T.SERVED: frozenset(),
    T.LEFT: frozenset(),
    T.NO_SHOW: frozenset(),
}


class MeetingStatus(models.TextChoices):
    """A live talk (洽谈)."""

    OPEN = "open", _("Going on")
    ENDED = "ended", _("Ended")


MEETING_TRANSITIONS = {
    MeetingStatus.OPEN: frozenset({MeetingStatus.ENDED}),
    MeetingStatus.ENDED: frozenset(),
}


class Outcome(models.TextChoices):
    """What a meeting led to; PENDING always carries a due date."""

    PENDING = "pending", _("Answer to follow")
    INTERVIEW = "interview", _("Invited to an interview")
    OFFER = "offer", _("Offer intended")
    DECLINED = "declined", _("No match this time")


class MessageKind(models.TextChoices):
    """What a line of a meeting is."""

    TEXT = "text", _("Text")
    RESUME = "resume", _("Resume shared")
    CONTACT = "contact", _("Contact data shared")
    HANDED = "handed", _("A colleague goes on")


SIGNALS = ("ring", "accept", "offer", "answer", "candidate", "bye")
"""What two browsers say to set up a call; `bye` also declines it."""


class HandoverStatus(models.TextChoices):
    """Whether a student goes on at another booth."""

    ASKED = "asked", _("Asked")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Stays")


HANDOVER_TRANSITIONS = {
    HandoverStatus.ASKED: frozenset({HandoverStatus.AGREED, HandoverStatus.DECLINED}),
    HandoverStatus.AGREED: frozenset(),
    HandoverStatus.DECLINED: frozenset(),
}


class PlanStatus(models.TextChoices):
    """A fair's plan of talks: worked on by staff, then everybody's timetable."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


PLAN_TRANSITIONS = {
    PlanStatus.DRAFT: frozenset({PlanStatus.PUBLISHED}),
    PlanStatus.PUBLISHED: frozenset({PlanStatus.DRAFT}),
}


class Scope(models.TextChoices):
    """Whom an announcement is for."""

    ALL = "all", _("Everybody at the fair")
    ZONE = "zone", _("One zone")
    BOOTH = "booth", _("One booth")


class InvitationStatus(models.TextChoices):
    """A booth's invitation (邀请) to a student of the hall."""

    OPEN = "open", pgettext_lazy("invitation", "Sent")
    ACCEPTED = "accepted", pgettext_lazy("invitation", "Came into the line")
    DECLINED = "declined", pgettext_lazy("invitation", "Declined")
    EXPIRED = "expired", pgettext_lazy("invitation", "Not answered")
    WITHDRAWN = "withdrawn", pgettext_lazy("invitation", "Taken back")


I = InvitationStatus  # noqa: E741 - one letter, as the tables above
INVITATION_TRANSITIONS = {
    I.OPEN: frozenset({I.ACCEPTED, I.DECLINED, I.EXPIRED, I.WITHDRAWN}),
    I.ACCEPTED: frozenset(),
    I.DECLINED: frozenset(),
    I.EXPIRED: frozenset(),
    I.WITHDRAWN: frozenset(),
}


class ReportReason(models.TextChoices):
    """What is reported about the other side of a meeting."""

    RUDE = "rude", _("Rude or insulting")
    HARASSMENT = "harassment", _("Harassment")
    FRAUD = "fraud", _("Asks for money or documents")
    UNTRUE = "untrue", _("Not who or what they say")
    OTHER = "other", _("Something else")


class ReportStatus(models.TextChoices):
    """A report at the school that runs the fair."""

    OPEN = "open", pgettext_lazy("report", "Open")
    DECIDED = "decided", pgettext_lazy("report", "Decided")


REPORT_TRANSITIONS = {
    ReportStatus.OPEN: frozenset({ReportStatus.DECIDED}),
    ReportStatus.DECIDED: frozenset(),
}


class Decision(models.TextChoices):
    """What the school did about a report."""

    WARNED = "warned", _("The other side was warned")
    EXCLUDED = "excluded", _("The other side was excluded from the fair")
    NO_ACTION = "no_action", _("No step was needed")
