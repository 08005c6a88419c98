"""How complete a profile is, and what is missing: each item says what it is worth and where to fill it in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from backend.students.models import Resume, Student


@dataclass(frozen=True)
class Item:
    """One thing a profile should have; `section` names the page where it is filled in."""

    key: str
    label: Any
    points: int
    section: str
    present: Callable[[Student], bool]


@dataclass(frozen=True)
class Completeness:
    """Points out of 100, and the items still missing, the weightiest first."""

    percent: int
    missing: tuple[Item, ...]


def _has_resume(student: Student) -> bool:
    """As the query that read the student has said, where it was asked (`with_resume`)."""
    if hasattr(student, "has_resume"):
        return student.has_resume
    return student.resumes.filter(deleted_at__isnull=True).exists()


def with_resume() -> Exists:
    """To annotate `has_resume`, so that the completeness costs no query for it."""
    return Exists(Resume.objects.filter(student=OuterRef("pk"), deleted_at__isnull=True))


ITEMS = (
    Item("skills", _("At least three skills"), 20, "profile", lambda s: len(s.skills) >= 3),
    Item(
        "wanted_occupations", _("An occupation you want"), 15, "profile", lambda s: bool(s.wanted_occupations)
    ),
    Item("resumes", _("A resume"), 15, "resumes", _has_resume),
    Item(
        "experiences", _("A job, internship or project"), 10, "experiences", lambda s: s.experiences.exists()
    ),
    Item("wanted_cities", _("A city you want to work in"), 10, "profile", lambda s: bool(s.wanted_cities)),
    Item("about", _("A few sentences about you"), 10, "profile", lambda s: len(s.about) >= 20),
    Item("phone", _("A telephone number"), 5, "profile", lambda s: bool(s.phone)),
    Item("certificates", _("A certificate"), 5, "profile", lambda s: bool(s.certificates)),
    Item("wanted_kinds", _("The kind of work you want"), 5, "profile", lambda s: bool(s.wanted_kinds)),
    Item("available_from", _("When you can start"), 5, "profile", lambda s: s.available_from is not None),
)


def completeness(student: Student) -> Completeness:
    """What the profile has reached; two queries, fewer where the student was read with them."""
    missing = tuple(item for item in ITEMS if not item.present(student))
    return Completeness(100 - sum(item.points for item in missing), missing)
