"""Fair turns in words: the rule of a fair, why a number stands where it does, and why it was called."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from fairs.models import Fair, Ticket


def rule(fair: Fair) -> str:
    """The published rule, for everybody."""
    if not fair.turn_bonus_minutes:
        return _("Whoever has waited longest is called first.")
    return _(
        "Whoever has waited longest is called first. Each talk fewer than two today counts as %(minutes)d minutes of waiting."
    ) % {"minutes": fair.turn_bonus_minutes}


def place(ticket: Ticket) -> str:
    """Why a number stands where it does."""
    if getattr(ticket, "planned", None):
        return _("A talk is planned for now, so this number comes first.")
    said = {"joined": _time(ticket.joined_at), "since": _time(ticket.stands_since)}
    if ticket.joined_at - ticket.stands_since > timedelta(minutes=ticket.bonus_minutes):
        return _("You were handed over and keep your place: in line as since %(since)s.") % said
    if not ticket.bonus_minutes:
        return _("In line since %(joined)s.") % said
    said |= {"talks": ticket.talks_before, "bonus": ticket.bonus_minutes}
    return (
        _(
            "Joined at %(joined)s with talks so far: %(talks)d. That counts %(bonus)d minutes: in line as since %(since)s."
        )
        % said
    )


def call(ticket: Ticket) -> str:
    """Why a number was called, as it was stored with the call; empty where it was not called."""
    reason = ticket.call_reason
    if not reason:
        return ""
    if reason["rule"] == "planned":
        return _("Called for the talk planned at %(time)s.") % {
            "time": _time(datetime.fromisoformat(reason["planned_at"]))
        }
    if reason["rule"] == "group":
        return _("Called into the group session after waiting %(minutes)d minutes.") % {
            "minutes": reason["waited"] // 60
        }
    waited = _("Called after waiting %(minutes)d minutes.") % {"minutes": reason["waited"] // 60}
    if not reason.get("bonus"):
        return waited
    said = {"talks": reason["talks"], "bonus": reason["bonus"]}
    return waited + " " + _("Talks before: %(talks)d, which counted %(bonus)d minutes more.") % said


def _time(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")
