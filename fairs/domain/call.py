"""A call in a meeting: what two browsers tell each other to find one another. Nothing that is said or seen comes here."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.common import clock
from backend.common.errors import Conflict, Invalid
from fairs import relay, rules
from fairs.domain import chat, journal
from fairs.enums import SIGNALS
from fairs.models import Event
from fairs.protocol import MAX_SIGNAL
from fairs.protocol.events import Signalled, stream_name

MOST_A_MINUTE = 120
"""Signals of one meeting a minute; a call needs about ten, and what is stored stays bounded."""


@transaction.atomic
def servers_for(*, actor: Actor, meeting_id: int) -> list[dict[str, Any]]:
    """The relay's credentials for both sides of an open meeting; none where the server has no relay."""
    chat.open_alone(actor, meeting_id)
    return relay.servers(actor.user_id, relay.FOR_A_CALL)


@transaction.atomic
def send_signal(*, actor: Actor, meeting_id: int, call: str, what: str, data: str) -> None:
    """Tell the other side of an open meeting how to reach this browser; kept until the meeting ends, at most a day."""
    meeting = chat.open_alone(actor, meeting_id)
    problems = {}
    if not (0 < len(call) <= 64 and call.isascii() and call.isprintable()):
        problems["call"] = [_("Name the call with 1 to 64 letters and digits.")]
    if what not in SIGNALS:
        problems["what"] = [_("Choose one of the signals.")]
    if len(data.encode()) > MAX_SIGNAL:
        problems["data"] = [_("At most %(limit)d characters.") % {"limit": MAX_SIGNAL}]
    if problems:
        raise Invalid(fields=problems)
    stream = stream_name(Signalled.audience, meeting.pk)
    recent = Event.objects.filter(
        stream__name=stream, kind=Signalled.kind, at__gt=clock.now() - timedelta(minutes=1)
    )
    if recent.count() >= MOST_A_MINUTE:
        raise Conflict("too_many_signals", _("Too many attempts to call. Wait a moment."))
    by_student = rules.owns_ticket(actor, meeting.ticket)
    journal.tell((Signalled(by_student=by_student, call=call, what=what, data=data), meeting.pk))
