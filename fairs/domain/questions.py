"""Questions to a booth: short, public once the booth has answered, hidden by staff where they must be."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.notifications import domain as notifications
from fairs import queries, rules
from fairs.control_models import LONGEST_WORDS
from fairs.domain.booth import worked_booth
from fairs.domain.line import user_ids
from fairs.domain.words import must_be_heard, written
from fairs.enums import RUNNING, BoothStatus
from fairs.models import Booth, FairRegistration, Question

MOST_OPEN = 3
"""Questions of one student at one fair that wait for an answer."""
BREATH = timedelta(seconds=30)
"""Between two questions of one student."""


@transaction.atomic
def ask(*, actor: Actor, booth_id: int, text: str) -> Question:
    """A registered student asks a booth of a running fair; nobody but the booth reads it before it has answered."""
    booth = queries.booths_visible_to(actor).filter(pk=booth_id, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    if not rules.can_stand_in_line(actor):
        raise NotAllowed
    if booth.fair.status not in RUNNING:
        raise Conflict("fair_not_live", _("The fair is not live."))
    text = written("text", text, LONGEST_WORDS, missing=_("Write something first."))
    _within_limit(actor, booth)
    # Behind the registration's lock, which whoever silences takes too: nothing slips in behind it.
    must_be_heard(actor, booth.fair_id)
    row = Question.objects.create(booth=booth, student_id=actor.student_id, text=text)
    audit.record(actor=actor, verb="questions.asked", target=row)
    return row


@transaction.atomic
def answer(*, actor: Actor, booth_id: int, question_id: int, text: str) -> Question:
    """The booth answers: now everybody at the fair reads both, and whoever asked is told."""
    booth = worked_booth(actor, booth_id)
    row = Question.objects.filter(booth=booth, pk=question_id, hidden_at__isnull=True).first()
    if row is None:
        raise NotFound
    must_be_heard(actor, booth.fair_id)
    text = written("answer", text, LONGEST_WORDS, missing=_("Write something first."))
    now = clock.now()
    open_one = Question.objects.filter(pk=row.pk, answered_at__isnull=True, hidden_at__isnull=True)
    if not open_one.update(answer=text, answered_at=now, answered_by_id=actor.user_id, updated_at=now):
        raise Conflict("question_answered", _("This question has been answered."))
    row.refresh_from_db()
    audit.record(actor=actor, verb="questions.answered", target=row)
    notifications.notify(
        user_ids=list(user_ids([row.student_id]).values()),
        kind="fairs.question_answered",
        dedupe_key=f"fairs.question_answered:{row.pk}",
        url=f"/fairs/booths/{booth.pk}/questions/",
        company=booth.company.name,
    )
    return row


@transaction.atomic
def hide(*, actor: Actor, booth_id: int, question_id: int) -> Question:
    """Staff who run the fair hide a question and its answer from everybody."""
    booth = queries.booths_visible_to(actor).filter(pk=booth_id).first()
    if booth is None:
        raise NotFound
    if not rules.can_manage_fair(actor, booth.fair):
        raise NotAllowed
    if not Question.objects.filter(booth=booth, pk=question_id, hidden_at__isnull=True).update(
        hidden_at=clock.now()
    ):
        raise NotFound
    audit.record(actor=actor, verb="booths.question_hidden", target=booth, data={"question": question_id})
    return Question.objects.get(pk=question_id)


def shown_to(actor: Actor, booth: Booth) -> QuerySet[Question]:
    """Answered questions for everybody at the fair; one's own, and for staff all, before that too; hidden ones for nobody."""
    rows = Question.objects.filter(booth=booth, hidden_at__isnull=True)
    if rules.can_manage_fair(actor, booth.fair):
        return rows
    mine = Q(student_id=actor.student_id) if actor.student_id else Q(pk__in=())
    return rows.filter(Q(answered_at__isnull=False) | mine)


def _within_limit(actor: Actor, booth: Booth) -> None:
    """Few at once and not in a row; the registration's lock keeps two tabs apart."""
    registrations = FairRegistration.objects.select_for_update()
    if registrations.filter(fair=booth.fair, student_id=actor.student_id).first() is None:
        raise Conflict("not_registered", _("Register for the fair first."))
    asked = Question.objects.filter(booth__fair=booth.fair, student_id=actor.student_id)
    if asked.filter(created_at__gt=clock.now() - BREATH).exists():
        raise Conflict("too_soon", _("You have just asked something: wait half a minute."))
    if asked.filter(answered_at__isnull=True, hidden_at__isnull=True).count() >= MOST_OPEN:
        raise Conflict(
            "too_many_questions", _("%(limit)d of your questions wait for an answer."), limit=MOST_OPEN
        )
