"""How a signed-in person becomes a student: claimed from the roster, or registered and confirmed."""

import unicodedata
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor, actor_of
from backend.accounts.domain import join_membership
from backend.accounts.enums import Role
from backend.accounts.limits import LIMITS, Limit, consume
from backend.accounts.models import Membership, User
from backend.accounts.queries import staff_ids, student_user_id
from backend.audit.domain import record
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.notifications.domain import notify
from backend.schools.models import Major
from backend.schools.queries import open_schools
from backend.students.domain.profile import own_student
from backend.students.enums import STUDENT_TRANSITIONS, Education, StudentStatus
from backend.students.models import Student
from backend.students.queries import students_visible_to
from backend.students.rules import can_decide

# Numbers are easily guessed and names are known: guessing pairs of them must not pay.
LIMITS.setdefault("roster_claim", Limit(8, timedelta(hours=1)))


def count_attempt(*, actor: Actor) -> None:
    """Count one attempt at a place; refused once there were too many.

    Whoever opens a transaction around an attempt counts before it and says `counted=True`: the refusal rolls the
    transaction back, and with it a count made inside.
    """
    if not consume("roster_claim", str(actor.user_id)):
        raise NotAllowed(
            "too_many_attempts", _("Too many attempts. Try again in an hour, or ask your school.")
        )


def claim_place(*, actor: Actor, school_id: int, number: str, name: str, counted: bool = False) -> Student:
    """Take one's place on the roster: number and name must both be the school's, and nobody may hold it yet.

    Every wrong pair gets the same answer, and few may be tried.
    """
    user = _without_place(actor)
    if not counted:
        count_attempt(actor=actor)
    with transaction.atomic():
        student = Student.objects.filter(
            school__in=open_schools().order_by(),
            school_id=school_id,
            number=plain(number).upper(),
            status=StudentStatus.ROSTER,
        ).first()
        if student is None or plain(student.name) != plain(name):
            raise _mismatch()
        if student.email and student.email.lower() != user.email:
            text = _(
                "The school noted another e-mail address for you. Sign up with that one, or ask the school."
            )
            raise Invalid("other_address", text, fields={"number": [text]})
        _join(user, student)
        before = move(
            student, StudentStatus.CONFIRMED, STUDENT_TRANSITIONS, email=student.email or user.email
        )
        record(
            actor=actor_of(user), verb="student.claimed", target=student, before=before, after=student.status
        )
    return student


def register_student(
    *,
    actor: Actor,
    school_id: int,
    major_id: int,
    number: str,
    name: str,
    education: str,
    graduation_year: int,
    counted: bool = False,
) -> Student:
    """Register without being on the roster; the school's staff are asked to confirm."""
    user = _without_place(actor)
    if not counted:
        count_attempt(actor=actor)
    number, name = plain(number).upper(), " ".join(name.split())
    facts = {
        "school_id": school_id,
        "major_id": major_id,
        "number": number,
        "name": name,
        "education": education,
        "graduation_year": graduation_year,
    }
    _check_registration(**facts)
    with transaction.atomic():
        try:
            with transaction.atomic():
                student = Student.objects.create(**facts, email=user.email, status=StudentStatus.PENDING)
        except IntegrityError as error:
            raise _mismatch() from error
        _join(user, student)
        record(actor=actor_of(user), verb="student.registered", target=student, after=student.status)
        _tell_staff(student)
    return student


def resubmit(*, actor: Actor, number: str, name: str) -> Student:
    """Ask again after a refusal, with corrected entries; a taken number is refused, so few may be tried."""
    student = own_student(actor)
    count_attempt(actor=actor)
    number, name = plain(number).upper(), " ".join(name.split())
    if not number or not name or len(number) > 30 or len(name) > 60:
        raise _mismatch()
    with transaction.atomic():
        return _ask_again(actor, student, number, name)


def _ask_again(actor: Actor, student: Student, number: str, name: str) -> Student:
    try:
        with transaction.atomic():
            before = move(student, StudentStatus.PENDING, STUDENT_TRANSITIONS, number=number, name=name)
    except IntegrityError as error:
        raise _mismatch() from error
    record(actor=actor, verb="student.resubmitted", target=student, before=before, after=student.status)
    _tell_staff(student)
    return student


@transaction.atomic
def confirm_student(*, actor: Actor, student_id: int) -> Student:
    """The school says: this is one of ours."""
    return _decide(actor, student_id, StudentStatus.CONFIRMED, "")


@transaction.atomic
def refuse_student(*, actor: Actor, student_id: int, reason: str) -> Student:
    """The school says no, and why; the person may correct the entries and ask again."""
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise Invalid(
            fields={"reason": [_("Give a reason of at most 500 characters: the student reads it.")]}
        )
    return _decide(actor, student_id, StudentStatus.REFUSED, reason)


def plain(text: str) -> str:
    """Without width, blanks and the middle dots of long names, which people type in many ways."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c not in "·•・.")


def _decide(actor: Actor, student_id: int, to: str, reason: str) -> Student:
    student = students_visible_to(actor).filter(pk=student_id).first()
    if student is None:
        raise NotFound()
    if not can_decide(actor, student):
        raise NotAllowed()
    if student.status != StudentStatus.PENDING:
        # Roster rows are confirmed by their students' claim, never by hand.
        raise Conflict("not_pending", _("This student does not wait for a decision."))
    before = move(student, to, STUDENT_TRANSITIONS, status_reason=reason)
    record(actor=actor, verb=f"student.{to}", target=student, before=before, after=to, reason=reason)
    user_id = student_user_id(student.pk)
    if user_id is not None:
        notify(
            user_ids=[user_id],
            kind=f"student_{to}",
            dedupe_key=f"student_{to}:{student.pk}:{student.version}",
            url=reverse("students:home"),
            reason=reason,
        )
    return student


def _without_place(actor: Actor) -> User:
    """The signed-in person, who must not belong to anything yet."""
    user = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if user is None:
        raise NotAllowed()
    if Membership.objects.filter(user=user, ended_at__isnull=True).exists():
        raise Conflict("already_member", _("This account already belongs to a school or company."))
    return user


def _join(user: User, student: Student) -> None:
    try:
        with transaction.atomic():
            join_membership(
                user=user, role=Role.STUDENT, actor=actor_of(user), school=student.school, student=student
            )
    except IntegrityError as error:
        raise Conflict() from error


def _check_registration(
    *, school_id: int, major_id: int, number: str, name: str, education: str, graduation_year: int
) -> None:
    problems: dict[str, list[object]] = {}
    if not open_schools().filter(pk=school_id).exists():
        problems["school"] = [_("Choose one from the list.")]
    if not Major.objects.filter(pk=major_id, school_id=school_id).exists():
        problems["major"] = [_("Choose a major of this school.")]
    if not number or len(number) > 30:
        problems["number"] = [_("Give your student number.")]
    if not name or len(name) > 60:
        problems["name"] = [_("Give your name as the school writes it.")]
    if education not in Education.values or education == Education.ANY:
        problems["education"] = [_("Choose one from the list.")]
    if not 2000 <= graduation_year <= 2100:
        problems["graduation_year"] = [_("Give the year with four digits.")]
    if problems:
        raise Invalid(fields=problems)


def _mismatch() -> Invalid:
    text = _("Number and name do not fit the school's roster. Check both, or ask your school.")
    return Invalid("roster_mismatch", text, fields={"number": [text]})


def _tell_staff(student: Student) -> None:
    notify(
        user_ids=staff_ids(student.school_id, department_id=student.major.department_id),
        kind="student_waiting",
        dedupe_key=f"student_waiting:{student.pk}:{student.version}",
        url=reverse("students:queue"),
        student=student.name,
    )
