"""Silence: somebody may not write at a fair until staff lift it, and is told why."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, NotFound
from backend.notifications import domain as notifications
from fairs.control_models import LONGEST_WORDS
from fairs.domain import journal
from fairs.domain.fair import managed_fair
from fairs.domain.words import written
from fairs.enums import BoothStatus, MeetingStatus
from fairs.models import Booth, Fair, FairRegistration, GroupSession, Meeting, Silence
from fairs.protocol.events import SilenceChanged


@transaction.atomic
def silence(*, actor: Actor, fair_id: int, user_id: int, reason: str) -> Silence:
    """A student of the fair, or a recruiter of one of its booths, may write nothing until this is lifted."""
    fair = managed_fair(actor, fair_id)
    reason = written("reason", reason, LONGEST_WORDS, missing=_("Give the reason."))
    if not _held_still(fair, user_id):
        raise NotFound
    try:
        with transaction.atomic():
            row = Silence.objects.create(fair=fair, user_id=user_id, reason=reason, by_id=actor.user_id)
    except IntegrityError:
        raise Conflict("silenced_already", _("This person may not write already.")) from None
    audit.record(actor=actor, verb="fairs.silenced", target=fair, data={"silence": row.pk})
    _tell(row, "fairs.may_not_write", reason=reason)
    return row


@transaction.atomic
def lift(*, actor: Actor, fair_id: int, user_id: int) -> Silence:
    """The person may write again, and is told."""
    fair = managed_fair(actor, fair_id)
    row = Silence.objects.filter(fair=fair, user_id=user_id, lifted_at__isnull=True).first()
    if row is None or not Silence.objects.filter(pk=row.pk, lifted_at__isnull=True).update(
        lifted_at=clock.now()
    ):
        raise NotFound
    row.refresh_from_db()
    audit.record(actor=actor, verb="fairs.silence_lifted", target=fair, data={"silence": row.pk})
    _tell(row, "fairs.may_write_again")
    return row


def _held_still(fair: Fair, user_id: int) -> bool:
    """Whether the person takes part in the fair; what they are writing at this moment is stored before this goes on.

    Who asks a booth holds the registration, who says something in a group session or a talk its row, who writes to the team,
    invites or hands over the own membership: who comes later reads the silence.
    """
    member = Membership.objects.filter(user_id=user_id, ended_at__isnull=True).first()
    if member is None:
        return False
    groups = GroupSession.objects.filter(booth__fair=fair, status=MeetingStatus.OPEN)
    talks = Meeting.objects.filter(ticket__booth__fair=fair, status=MeetingStatus.OPEN)
    if member.role == Role.STUDENT:
        rows = FairRegistration.objects.filter(fair=fair, student_id=member.student_id)
        here = bool(list(rows.select_for_update()))
        groups = groups.filter(tickets__student_id=member.student_id)
        talks = talks.filter(ticket__student_id=member.student_id)
    elif member.role == Role.RECRUITER:
        booths = Booth.objects.filter(fair=fair, company_id=member.company_id, status=BoothStatus.APPROVED)
        here = booths.exists()
        groups = groups.filter(booth__company_id=member.company_id)
        talks = talks.filter(ticket__booth__company_id=member.company_id)
    else:
        return False
    # A session before its talks, as whoever ends one.
    list(groups.select_for_update(of=("self",)).order_by("pk"))
    list(talks.select_for_update(of=("self",)).order_by("pk"))
    # Last, as whoever erases the account: first the talks end.
    list(Membership.objects.select_for_update(no_key=True).filter(pk=member.pk).values_list("pk"))
    return here


def _tell(row: Silence, kind: str, **params: str) -> None:
    silenced = row.lifted_at is None
    journal.tell((SilenceChanged(fair=row.fair_id, silenced=silenced), row.user_id))
    notifications.notify(
        user_ids=[row.user_id],
        kind=kind,
        dedupe_key=f"{kind}:{row.pk}",
        url=f"/fairs/{row.fair_id}/",
        fair=row.fair.name,
        **params,
    )
