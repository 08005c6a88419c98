"""What a booth's team says among itself; the stream tells only that something was said, since staff follow it too."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from fairs.console_models import LONGEST_SAID
from fairs.domain import journal
from fairs.domain.booth import worked_booth
from fairs.domain.words import must_still_be_heard, written
from fairs.models import TeamMessage
from fairs.protocol.events import TeamSaid


@transaction.atomic
def say_to_team(*, actor: Actor, booth_id: int, text: str) -> TeamMessage:
    """A recruiter says something to the others of the booth."""
    booth = worked_booth(actor, booth_id)
    text = written("text", text, LONGEST_SAID, missing=_("Write something first."))
    must_still_be_heard(actor, booth.fair_id)
    message = TeamMessage.objects.create(booth=booth, author_id=actor.user_id, text=text)
    journal.tell((TeamSaid(message=message.pk), booth.pk))
    return message
