"""What happened at a fair in order, from the trail: moves, pauses, announcements, substitutions, silences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import User
from backend.audit.labels import label_of
from backend.audit.models import AuditEntry
from backend.students.models import Student
from backend.students.queries import students_visible_to
from fairs import rules
from fairs.enums import BoothStatus, FairStatus, ReportReason
from fairs.models import Announcement, Booth, Fair, Report, Silence

KINDS = {
    "fair": (
        _("The fair"),
        ("fairs.created", "fairs.changed", "fairs.moved", "fairs.extended"),
    ),
    "booth": (
        _("Booths"),
        (
            "booths.requested",
            "booths.approved",
            "booths.refused",
            "booths.positions_changed",
            "booths.paused",
            "booths.resumed",
            "booths.moved",
            "booths.line_closed",
            "booths.line_opened",
            "booths.group_opened",
            "booths.group_handed_over",
            "booths.group_ended",
        ),
    ),
    "announcement": (
        _("Announcements"),
        (
            "fairs.announced",
            "fairs.announcement_withdrawn",
            "booths.announced",
            "booths.announcement_withdrawn",
        ),
    ),
    "people": (
        _("People"),
        (
            "booths.substituted",
            "booths.recruiter_freed",
            "booths.question_hidden",
            "fairs.silenced",
            "fairs.silence_lifted",
            "reports.made",
            "reports.decided",
        ),
    ),
}
"""What is told, by kind; who registered or drew a number is not: that is the report."""
VERBS = tuple(verb for _words, verbs in KINDS.values() for verb in verbs)


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; `who` is a name only for whoever runs the fair, else the role."""

    at: datetime
    what: str
    booth: Booth | None
    who: str
    role: str
    detail: str


def entries(fair: Fair, *, kind: str = "", booth_id: int | None = None) -> QuerySet[AuditEntry]:
    """The trail of a fair and its booths, newest first; of one kind or one booth where asked."""
    booths = Booth.objects.filter(fair=fair)
    if booth_id is not None:
        booths = booths.filter(pk=booth_id)
    where = Q(target=Booth._meta.label_lower, target_id__in=booths.values("pk"))
    if booth_id is None:
        where |= Q(target=Fair._meta.label_lower, target_id=fair.pk)
        reports = Report.objects.filter(meeting__ticket__booth__fair=fair)
        where |= Q(target=Report._meta.label_lower, target_id__in=reports.values("pk"))
    verbs = KINDS[kind][1] if kind in KINDS else VERBS
    return AuditEntry.objects.filter(where, verb__in=verbs).order_by("-id")


def booths_of(fair: Fair) -> dict[int, Booth]:
    """Every booth of a fair by id, in order of number."""
    rows = Booth.objects.filter(fair=fair).select_related("company").order_by("label", "pk")
    return {booth.pk: booth for booth in rows}


def told(actor: Actor, fair: Fair, rows: Sequence[AuditEntry], booths: dict[int, Booth]) -> list[Happening]:
    """The entries in words, in four queries whatever their number; `booths`: those of the fair."""
    details = _Details(actor, fair, rows)
    named = rules.can_manage_fair(actor, fair)
    return [
        Happening(
            at=row.at,
            what=label_of(row.verb),
            booth=booths.get(row.target_id) if row.target == Booth._meta.label_lower else None,
            # A student who reports somebody is named on the page of the reports, where that is needed.
            who=details.names.get(row.actor_user_id or 0, "")
            if named and row.actor_role != Role.STUDENT
            else "",
            role=row.actor_role,
            detail=details.of(row, named=named),
        )
        for row in rows
    ]


class _Details:
    """What the rows behind the entries say, read once for all of them."""

    def __init__(self, actor: Actor, fair: Fair, rows: Iterable[AuditEntry]) -> None:
        data = [row.data for row in rows]
        self.announced = Announcement.objects.filter(fair=fair).in_bulk(_ids(data, "announcement"))
        self.silences = Silence.objects.filter(fair=fair).in_bulk(_ids(data, "silence"))
        users = (
            _ids(data, "user")
            | _ids(data, "replaced")
            | {row.actor_user_id for row in rows if row.actor_user_id}
        )
        silenced = {row.user_id for row in self.silences.values()}
        self.names = dict(User.objects.filter(pk__in=users | silenced).values_list("pk", "name"))
        # A silenced student is named where the student is seen, a recruiter wherever names are.
        seen = Exists(students_visible_to(actor).filter(pk=OuterRef("pk")))
        students = Student.objects.filter(membership__user__in=silenced).annotate(seen=seen)
        for user, name, is_seen in students.values_list("membership__user", "name", "seen"):
            self.names[user] = name if is_seen else "—"

    def of(self, row: AuditEntry, *, named: bool) -> str:
        """One entry's own words."""
        if "announcement" in row.data:
            told = self.announced.get(row.data["announcement"])
            words = " / ".join(filter(None, (told.text_zh, told.text_en))) if told else ""
            return f"{row.data['zone']}: {words}" if row.data.get("zone") else words
        if "silence" in row.data:
            return self._silenced(row, named)
        if row.verb.startswith("reports."):
            return str(dict(ReportReason.choices).get(row.data.get("reason", ""), ""))
        if "user" in row.data:
            people = [row.data["user"], row.data.get("replaced")]
            return " ← ".join(self.names.get(one, "") for one in people if one) if named else ""
        return row.reason or " → ".join(_state(row, one) for one in (row.before, row.after) if one)

    def _silenced(self, row: AuditEntry, named: bool) -> str:
        found = self.silences.get(row.data["silence"])
        if found is None or not named:
            return ""
        return f"{self.names.get(found.user_id, '')}: {found.reason}"


def _state(row: AuditEntry, kept: str) -> str:
    """What stood before or after, in words: a new end is kept as a moment, and shown where the reader is."""
    if row.verb == "fairs.extended":
        return timezone.localtime(datetime.fromisoformat(kept)).strftime("%m-%d %H:%M")
    statuses = BoothStatus if row.target == Booth._meta.label_lower else FairStatus
    return str(statuses(kept).label) if kept in statuses.values else kept


def _ids(data: Iterable[dict[str, Any]], key: str) -> set[int]:
    return {one[key] for one in data if one.get(key)}
