"""The door of the hall, read: who has checked in, whom staff find by name, and what a scanner needs to work offline."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from backend.accounts.actor import Actor
from fairs import codes
from fairs.models import CheckIn, Fair, FairRegistration

FOUND = 20
"""Registrations shown for one search."""


@dataclass(frozen=True)
class Scanner:
    """What the scanner's page carries: the key that checks codes, and digests of the short codes it knows again."""

    key: str
    known: str


def checked_in(fair: Fair) -> QuerySet[CheckIn]:
    """Who came through the door of a fair, the latest first."""
    return CheckIn.objects.filter(fair=fair).order_by("-at", "-pk")


def registration_of(actor: Actor, fair: Fair) -> FairRegistration | None:
    """A student's own registration."""
    if actor.student_id is None:
        return None
    rows = FairRegistration.objects.filter(fair=fair, student_id=actor.student_id)
    return rows.select_related("check_in").first()


def registrations_found(fair: Fair, text: str) -> list[FairRegistration]:
    """Registered students whose name holds the text or whose number begins with it; nobody for no text."""
    text = text.strip()
    if not text:
        return []
    rows = FairRegistration.objects.filter(
        Q(student__name__icontains=text) | Q(student__number__istartswith=text), fair=fair
    )
    return list(rows.select_related("student__major", "check_in").order_by("student__number", "pk")[:FOUND])


def short_codes(fair: Fair) -> dict[str, int]:
    """The registration behind each short code of a fair."""
    ids = FairRegistration.objects.filter(fair=fair).values_list("pk", flat=True)
    return {codes.short_code(codes.Code(fair.pk, pk)): pk for pk in ids}


def scanner_of(fair: Fair) -> Scanner:
    """Key and digests for a fair's scanners."""
    known = sorted(codes.known_digest(fair.pk, short) for short in short_codes(fair))
    return Scanner(codes.public_key(fair.school_id), " ".join(known))
