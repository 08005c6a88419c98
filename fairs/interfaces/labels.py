"""Tones of statuses on the pages, and what the buttons that change a fair say."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fairs.enums import (
    BoothStatus,
    FairStatus,
    InvitationStatus,
    Outcome,
    PlanStatus,
    ReportStatus,
    TicketStatus,
)
from fairs.models import Booth

FAIR = {
    FairStatus.DRAFT: "neutral",
    FairStatus.SIGN_UP: "info",
    FairStatus.READY: "primary",
    FairStatus.LIVE: "success",
    FairStatus.PAUSED: "warning",
    FairStatus.CLOSED: "neutral",
    FairStatus.ARCHIVED: "neutral",
}
STEPS = {
    FairStatus.DRAFT: _("Back to draft"),
    FairStatus.SIGN_UP: _("Open sign-up"),
    FairStatus.READY: _("Declare ready"),
    FairStatus.LIVE: _("Open the hall"),
    FairStatus.PAUSED: _("Pause the fair"),
    FairStatus.CLOSED: _("Close the fair"),
    FairStatus.ARCHIVED: _("Archive"),
}
BOOTH = {BoothStatus.REQUESTED: "warning", BoothStatus.APPROVED: "success", BoothStatus.REFUSED: "danger"}
PLAN = {PlanStatus.DRAFT: "neutral", PlanStatus.PUBLISHED: "success"}
TICKET = {
    TicketStatus.WAITING: "info",
    TicketStatus.AWAY: "warning",
    TicketStatus.CALLED: "success",
    TicketStatus.MEETING: "primary",
    TicketStatus.SERVED: "neutral",
    TicketStatus.LEFT: "neutral",
    TicketStatus.NO_SHOW: "danger",
}
OUTCOME = {
    Outcome.PENDING: "warning",
    Outcome.INTERVIEW: "success",
    Outcome.OFFER: "success",
    Outcome.DECLINED: "neutral",
}

FLAG = {
    "idle": (_("Idle"), "danger"),
    "absent": (_("Nobody there"), "danger"),
    "paused": (_("Paused"), "warning"),
    "closed": (_("Line closed"), "neutral"),
}
INVITATION = {
    InvitationStatus.OPEN: "info",
    InvitationStatus.ACCEPTED: "success",
    InvitationStatus.DECLINED: "neutral",
    InvitationStatus.EXPIRED: "neutral",
    InvitationStatus.WITHDRAWN: "neutral",
}
REPORT = {ReportStatus.OPEN: "warning", ReportStatus.DECIDED: "neutral"}


def toned(rows, tones, field: str = "status"):
    """The rows, each with the `tone` of its status."""
    for row in rows:
        row.tone = tones[getattr(row, field)]
    return rows


def hours(booth: Booth) -> str:
    """When a booth takes people, where that is not all the fair long."""
    said = {
        name: timezone.localtime(moment).strftime("%H:%M")
        for name, moment in (("opens", booth.opens_at), ("closes", booth.closes_at))
        if moment is not None
    }
    if len(said) == 2:
        return str(_("open %(opens)s–%(closes)s")) % said
    if "opens" in said:
        return str(_("opens at %(opens)s")) % said
    return str(_("closes at %(closes)s")) % said if said else ""
