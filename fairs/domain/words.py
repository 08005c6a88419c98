"""What people write, as it is kept: by who may write, without white space around it, not too long, such that every database takes it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Membership
from backend.common.errors import Invalid, NotAllowed
from fairs.models import Silence
from fairs.protocol.commands import storable


def problems_of(text: str, most: int) -> list[Any]:
    """What keeps a text of at most so many characters from being kept; nothing where it can be."""
    if len(text) > most:
        return [_("At most %(limit)d characters.") % {"limit": most}]
    return [] if storable(text) else [_("Some characters cannot be stored.")]


def written(field: str, text: str, most: int, *, missing: Any = None) -> str:
    """The text of a field; Invalid says what is wrong with it, `missing` where there is none and must be some."""
    text = text.strip()
    wrong = [missing] if missing and not text else problems_of(text, most)
    if wrong:
        raise Invalid(fields={field: wrong})
    return text


def must_be_heard(actor: Actor, fair_id: int) -> None:
    """Refuse whoever is silenced at this fair, with the reason; called before anything somebody writes is stored."""
    row = Silence.objects.filter(fair_id=fair_id, user_id=actor.user_id, lifted_at__isnull=True).first()
    if row is not None:
        raise NotAllowed(
            "silenced", _("You may not write at this fair at the moment: %(reason)s"), reason=row.reason
        )


def must_still_be_heard(actor: Actor, fair_id: int) -> None:
    """The same where nothing that both write holds back a silence: behind the lock on who the person is, taken before any other.

    Whoever silences takes that lock too: what is stored after this was being said before, or is refused.
    """
    here = Membership.objects.filter(user_id=actor.user_id, ended_at__isnull=True)
    list(here.select_for_update(no_key=True).values_list("pk"))
    must_be_heard(actor, fair_id)
