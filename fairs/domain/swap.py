"""One line for another, in one step."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.common import clock
from backend.common.errors import Conflict, NotFound
from backend.common.transitions import move
from fairs.domain.line import announce_all, joinable, own_ticket, take_number, within_limit
from fairs.enums import IN_LINE, TICKET_TRANSITIONS, TicketStatus
from fairs.models import Ticket


@transaction.atomic
def swap_line(*, actor: Actor, ticket_id: int, booth_id: int) -> Ticket:
    """Give a place up for a number elsewhere; whatever refuses the new one leaves the old one as it was."""
    old = own_ticket(actor, ticket_id)
    booth = joinable(actor, booth_id)
    if booth.fair_id != old.booth.fair_id:
        raise NotFound
    if old.status not in IN_LINE:
        raise Conflict("not_in_line", _("This number does not stand in line."))
    within_limit(actor, booth.fair, leaving=old)
    # The new number first: it takes the booth's row, which a fair that closes takes before it takes tickets.
    new = take_number(actor, booth)
    before = move(old, TicketStatus.LEFT, TICKET_TRANSITIONS, ended_at=clock.now())
    announce_all(actor, [(old, before), (new, "")], {old.student_id: actor.user_id})
    return new
