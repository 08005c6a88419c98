"""What is still missing before a fair opens, for staff and for each company; every gap leads to where it is mended."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.companies.queries import reachable
from backend.positions.models import Position
from backend.positions.queries import open_now
from fairs import plans
from fairs.enums import BoothStatus, FairPlace, PlanStatus
from fairs.models import Booth, BoothPosition, CameraCheck, Fair, Plan

SENTENCES = {
    "hours_over": _("The hours of the fair lie in the past."),
    "no_booth": _("No booth is approved yet."),
    "plan_unpublished": _("No plan of talks is published."),
    "undecided": _("The booth is asked for, and nobody has decided."),
    "company_closed": _("The company is not vetted at this moment: its booth is hidden."),
    "no_label": _("The booth has no number."),
    "no_zone": _("The booth has no zone."),
    "no_position": _("The booth brings no open position."),
    "no_recruiter": _("The company has nobody who could sign in as a recruiter."),
    "never_signed_in": _("Recruiters who have never signed in: %(count)d."),
    "no_camera": _("Recruiters whose camera test has not passed: %(count)d."),
    "no_introduction": _("The company has not introduced itself."),
}
OF_STAFF = frozenset({"undecided", "no_label", "no_zone"})
"""What only staff can mend, so that companies are not told to."""


@dataclass(frozen=True)
class Gap:
    """One thing that is missing, of a booth or of the whole fair, and the address where it is mended."""

    kind: str
    url: str
    booth: Booth | None = None
    count: int = 1

    @property
    def text(self) -> str:
        """The gap in words."""
        return str(SENTENCES[self.kind]) % {"count": self.count}


def of_fair(fair: Fair) -> list[Gap]:
    """Every gap of a fair: its own, then those of its booths in order of their numbers; refused booths do not count."""
    booths = list(
        Booth.objects.filter(fair=fair)
        .exclude(status=BoothStatus.REFUSED)
        .select_related("company", "fair")
        .order_by("label", "pk")
    )
    gaps = [Gap(kind, reverse(page, args=[fair.pk])) for kind, page in _of_the_whole(fair, booths)]
    for booth, kind, count in _of_booths(booths):
        page, pk = (
            ("fairs:booths", fair.pk) if kind in OF_STAFF else ("companies:staff_detail", booth.company_id)
        )
        gaps.append(Gap(kind, reverse(page, args=[pk]), booth, count))
    return gaps


def of_booths(booths: Sequence[Booth]) -> dict[int, list[Gap]]:
    """What a company can mend of these booths of its own, by booth."""
    gaps: dict[int, list[Gap]] = {booth.pk: [] for booth in booths}
    for booth, kind, count in _of_booths(booths):
        if kind not in OF_STAFF:
            gaps[booth.pk].append(Gap(kind, _company_page(kind, booth), booth, count))
    return gaps


def _company_page(kind: str, booth: Booth) -> str:
    match kind:
        case "no_position":
            return reverse("fairs:booth_positions", args=[booth.pk])
        case "no_introduction":
            return reverse("companies:profile")
        case "company_closed":
            return reverse("companies:home")
        case "no_camera":
            return reverse("fairs:camera", args=[booth.fair_id])
        case _:
            return reverse("accounts:team")


def _of_the_whole(fair: Fair, booths: Iterable[Booth]) -> list[tuple[str, str]]:
    """(kind, page that mends it) of what the fair itself lacks."""
    found = []
    if fair.ends_at <= clock.now():
        found.append(("hours_over", "fairs:edit"))
    if not any(booth.status == BoothStatus.APPROVED for booth in booths):
        found.append(("no_booth", "fairs:booths"))
    if fair.status in plans.BEFORE and not _has_plan(fair):
        found.append(("plan_unpublished", "fairs:plan"))
    return found


def _has_plan(fair: Fair) -> bool:
    return Plan.objects.filter(fair=fair, status=PlanStatus.PUBLISHED).exists()


def _of_booths(booths: Sequence[Booth]) -> list[tuple[Booth, str, int]]:
    """(booth, kind, count) of what these booths lack, in four queries whatever their number."""
    rows = Booth.objects.filter(pk__in=[booth.pk for booth in booths])
    brings = BoothPosition.objects.filter(booth__in=rows, position__in=Position.objects.filter(open_now()))
    brought = set(brings.values_list("booth_id", flat=True))
    vetted = set(rows.filter(reachable("company__")).values_list("pk", flat=True))
    teams = _teams({booth.company_id for booth in booths})
    tried = set(
        CameraCheck.objects.filter(fair__in={booth.fair_id for booth in booths}).values_list(
            "fair_id", "user_id"
        )
    )
    found = []
    for booth in booths:
        team = teams[booth.company_id]
        lacks = {
            "undecided": booth.status == BoothStatus.REQUESTED,
            "company_closed": booth.pk not in vetted,
            "no_label": booth.status == BoothStatus.APPROVED and not booth.label,
            "no_zone": booth.status == BoothStatus.APPROVED and not booth.zone,
            # A position of a company that is not vetted is closed by that alone.
            "no_position": booth.pk in vetted and booth.pk not in brought,
            "no_recruiter": not team,
            "never_signed_in": sum(1 for signed_in in team.values() if not signed_in),
            "no_camera": booth.fair.place != FairPlace.ONSITE
            and sum(1 for user in team if (booth.fair_id, user) not in tried),
            "no_introduction": not booth.company.about.strip(),
        }
        found += [(booth, kind, int(count)) for kind, count in lacks.items() if count]
    return found


def _teams(companies: Iterable[int]) -> dict[int, dict[int, bool]]:
    """Company → its recruiters who may sign in, each with whether they ever have."""
    teams: dict[int, dict[int, bool]] = defaultdict(dict)
    rows = Membership.objects.filter(
        company_id__in=list(companies), role=Role.RECRUITER, ended_at__isnull=True, user__is_active=True
    )
    for company, user, at in rows.values_list("company_id", "user_id", "user__last_login"):
        teams[company][user] = at is not None
    return teams
