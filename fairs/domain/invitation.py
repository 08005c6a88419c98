"""Invitations: a booth asks a student of the hall into its line; a yes draws a number, a no needs no reason."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.models import User
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.common.transitions import move
from backend.students.domain import departing
from fairs import invitations, plans, present, queries, rules, windows
from fairs.blocking import blocked
from fairs.console_models import LONGEST_INVITATION
from fairs.domain import journal
from fairs.domain.booth import worked_booth
from fairs.domain.line import join_line, user_ids
from fairs.domain.words import must_still_be_heard, written
from fairs.enums import INVITATION_TRANSITIONS, LIVE_TICKET, BoothStatus, FairStatus, InvitationStatus
from fairs.models import Booth, FairRegistration, Invitation, Ticket
from fairs.protocol.events import InvitationMoved, MyInvitationMoved

STANDS = timedelta(minutes=15)
"""How long an invitation may be answered."""


@transaction.atomic
def invite(*, actor: Actor, booth_id: int, registration_id: int, text: str = "") -> Invitation:
    """A recruiter invites somebody who is in the hall and seen by companies; the student's name is not known by it."""
    booth = worked_booth(actor, booth_id)
    if booth.fair.status != FairStatus.LIVE:
        raise Conflict("fair_not_live", _("The fair is not live."))
    windows.must_be_open(booth.fair)
    if booth.status != BoothStatus.APPROVED:
        raise Conflict("booth_not_approved", _("This booth is not approved."))
    text = written("text", text, LONGEST_INVITATION)
    if text:
        must_still_be_heard(actor, booth.fair_id)
    if not present.in_the_hall(actor, booth).filter(pk=registration_id).exists():
        raise NotFound
    # Both locked, in the order in which `join_line` does: what was got today and sent this hour is counted one by one.
    registration = FairRegistration.objects.select_for_update().get(pk=registration_id)
    Booth.objects.select_for_update().get(pk=booth.pk)
    # A block takes both locks too: nobody is invited beside it.
    if blocked(registration.student_id, booth.company_id):
        raise NotFound
    _wanted(booth, registration)
    _within_rates(booth, registration)
    now = clock.now()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                booth=booth, student_id=registration.student_id, sent_by_id=actor.user_id,
                text=text, sent_at=now, expires_at=now + STANDS,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict("invited_already", _("Your booth has invited this student already.")) from None
    _announce(actor, invitation, before="")
    return invitation


@transaction.atomic
def answer_invitation(*, actor: Actor, invitation_id: int, accept: bool) -> Invitation:
    """The student comes into the line, by its rules, or declines."""
    rows = invitations.invitations_visible_to(actor).filter(pk=invitation_id)
    invitation = rows.first()
    if invitation is None:
        raise NotFound
    if not rules.owns_invitation(actor, invitation):
        raise NotAllowed
    # Locked in the order of all who write here: registration, invitation, and then the booth, when the number is drawn.
    list(
        FairRegistration.objects.select_for_update().filter(
            fair=invitation.booth.fair_id, student_id=actor.student_id
        )
    )
    invitation = rows.select_for_update(of=("self",)).get()
    if invitation.status == InvitationStatus.OPEN and invitation.expires_at <= clock.now():
        raise Conflict("too_late", _("This invitation has ended."))
    if accept and invitation.status == InvitationStatus.OPEN:
        ticket = join_line(actor=actor, booth_id=invitation.booth_id)
        return _set(actor, invitation, InvitationStatus.ACCEPTED, ticket=ticket)
    return _set(actor, invitation, InvitationStatus.ACCEPTED if accept else InvitationStatus.DECLINED)


@transaction.atomic
def allow_invitations(*, actor: Actor, fair_id: int, allowed: bool) -> FairRegistration:
    """A registered student lets companies invite them to this fair's lines, or wants to be left in peace."""
    fair = queries.fairs_visible_to(actor).filter(pk=fair_id).first()
    if fair is None:
        raise NotFound
    if not rules.can_stand_in_line(actor):
        raise NotAllowed
    # The row's lock, as `invite` takes it: after this none is sent any more.
    rows = FairRegistration.objects.select_for_update().filter(fair=fair, student_id=actor.student_id)
    registration = rows.first()
    if registration is None:
        raise Conflict("not_registered", _("Register for the fair first."))
    registration.invitable = allowed
    registration.save(update_fields=["invitable", "updated_at"])
    if not allowed:
        withdraw(actor, Invitation.objects.filter(booth__fair=fair, student_id=actor.student_id))
    return registration


def withdraw(actor: Actor, rows: QuerySet[Invitation]) -> None:
    """End those of these invitations that are open; the running transaction's."""
    for invitation in _locked(rows.filter(status=InvitationStatus.OPEN)):
        _set(actor, invitation, InvitationStatus.WITHDRAWN)


def expire_invitations() -> int:
    """End what nobody answered in time; how many."""
    due = Invitation.objects.filter(status=InvitationStatus.OPEN, expires_at__lte=clock.now())
    ended = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)[:200]):
        with transaction.atomic():
            for invitation in _locked(due.filter(pk=pk)):
                _set(SYSTEM, invitation, InvitationStatus.EXPIRED)
                ended += 1
    return ended


def forget_visitor(user: User) -> None:
    """Whoever erases the account is invited no more."""
    for actor in departing(user):
        withdraw(actor, Invitation.objects.filter(student_id=actor.student_id))


def _locked(rows: QuerySet[Invitation]) -> list[Invitation]:
    return list(rows.select_for_update(of=("self",)).select_related("booth").order_by("pk"))


def _wanted(booth: Booth, registration: FairRegistration) -> None:
    """The student takes invitations, is not in this line and has no talk here, and has not said no to this booth."""
    student = registration.student_id
    if not registration.invitable:
        raise Conflict("not_invitable", _("This student takes no invitations at the moment."))
    if Ticket.objects.filter(booth=booth, student_id=student, status__in=LIVE_TICKET).exists():
        raise Conflict("in_line_here", _("This student stands in your line already."))
    if plans.planned_later(booth, student) is not None:
        raise Conflict("talk_planned", _("You have a talk planned with this student."))
    if Invitation.objects.filter(booth=booth, student_id=student, status=InvitationStatus.DECLINED).exists():
        raise Conflict("declined_already", _("This student has declined an invitation of your booth."))


def _within_rates(booth: Booth, registration: FairRegistration) -> None:
    now = clock.now()
    sent = Invitation.objects.filter(booth=booth, sent_at__gt=now - timedelta(hours=1)).count()
    if sent >= booth.fair.invitations_per_hour:
        raise Conflict(
            "booth_invited_enough",
            _("Your booth may send %(limit)d invitations per hour."),
            limit=booth.fair.invitations_per_hour,
        )
    got = Invitation.objects.filter(
        booth__fair=booth.fair_id, student_id=registration.student_id, sent_at__gt=now - timedelta(days=1)
    ).count()
    if got >= booth.fair.invitations_per_day:
        raise Conflict("invited_enough", _("This student has got enough invitations for today."))


def _set(actor: Actor, invitation: Invitation, to: str, *, ticket: Ticket | None = None) -> Invitation:
    """The one setter of an invitation's status."""
    before = move(invitation, to, INVITATION_TRANSITIONS, ticket=ticket)
    _announce(actor, invitation, before=before)
    return invitation


def _announce(actor: Actor, invitation: Invitation, *, before: str) -> None:
    """Trail and events: the booth hears a number and a status, the student from whom it is."""
    audit.record(
        actor=actor, verb="invitations.moved", target=invitation, before=before, after=invitation.status
    )
    told: list[journal.Told] = [
        (InvitationMoved(invitation=invitation.pk, status=invitation.status), invitation.booth_id)
    ]
    user_id = user_ids([invitation.student_id]).get(invitation.student_id)
    if user_id is not None:
        mine = MyInvitationMoved(
            invitation=invitation.pk,
            booth=invitation.booth_id,
            status=invitation.status,
            answer_by=invitation.expires_at.isoformat(),
        )
        told.append((mine, user_id))
    journal.tell(*told)
