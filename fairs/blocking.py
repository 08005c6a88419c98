"""Who does not meet at a fair any more because one of the two wanted it so."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from fairs.models import Block, Booth


def blocked(student_id: int | None, company_id: int) -> bool:
    """Whether one side has blocked the other."""
    return Block.objects.filter(student_id=student_id, company_id=company_id).exists()


def not_blocked(company_id: int, student: str = "student_id") -> Q:
    """The condition "this company and the row's student may meet"; `student` is the column with the student's number."""
    return ~Exists(Block.objects.filter(company_id=company_id, student_id=OuterRef(student)))


def with_barred(rows: QuerySet[Booth], student_id: int | None) -> QuerySet[Booth]:
    """Booths, each with whether it is `barred`: its company and this student do not meet."""
    pair = Block.objects.filter(company_id=OuterRef("company_id"), student_id=student_id)
    return rows.annotate(barred=Exists(pair))


def blocks_of(actor: Actor) -> QuerySet[Block]:
    """The blocks of one's own side, newest first."""
    rows = Block.objects.select_related("company", "student").order_by("-at", "-pk")
    match actor.role:
        case Role.STUDENT:
            return rows.filter(student_id=actor.student_id, by_student=True)
        case Role.RECRUITER:
            return rows.filter(company_id=actor.company_id, by_student=False)
        case _:
            return rows.none()


def barred_pairs(booths: list[Booth]) -> set[tuple[int, int]]:
    """(booth, student) of these booths for everybody whom their company does not meet."""
    rows = Block.objects.filter(company_id__in={booth.company_id for booth in booths})
    barred = set(rows.values_list("company_id", "student_id"))
    return {
        (booth.pk, student) for booth in booths for company, student in barred if company == booth.company_id
    }
