"""What the control room of the demo's live fair shows: the day so far, what was said, and the timeline."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit.models import AuditEntry
from backend.common import clock
from fairs import control
from fairs.models import Announcement, Booth, Fair, FairSample, Question


def steer(fair: Fair) -> None:
    """What the control room of the live fair shows: the day so far, an announcement, a question answered and one that waits."""
    came = sorted(fair.registrations.filter(entered_at__isnull=False).values_list("entered_at", flat=True))
    openings = control.openings_of([fair.pk]).get(fair.pk, 0)
    FairSample.objects.bulk_create(
        FairSample(
            fair=fair,
            at=at,
            openings=openings,
            seekers=sum(1 for one in came if one <= at),
            waiting=0,
            meetings=0,
        )
        for at in (fair.starts_at + timedelta(minutes=5 * n) for n in range(12))
    )
    stage = timezone.localtime(fair.starts_at + timedelta(hours=2)).replace(minute=30)
    announced = Announcement.objects.create(
        fair=fair,
        text_zh=f"{stage:%H:%M} 在主席台举行简历点评，欢迎参加。",
        text_en=f"Resumes are discussed on the stage at {stage:%H:%M}; everybody is welcome.",
    )
    _trail(fair, announced)
    booth, student = fair.booths.order_by("pk")[0], fair.registrations.order_by("pk")[0].student
    Question.objects.create(
        booth=booth,
        student=student,
        text="实习期间提供住宿吗？",
        answer="提供，四人间，水电自理。",
        answered_at=clock.now(),
    )
    Question.objects.create(booth=booth, student=student, text="需要倒班吗？")


def _trail(fair: Fair, announced: Announcement) -> None:
    """What the timeline of the live fair tells: how it came to open, and what was done since."""
    staff = (
        Membership.objects.filter(role=Role.STAFF, school_id=fair.school_id, department__isnull=True)
        .order_by("pk")
        .first()
    )
    owners = dict(
        Membership.objects.filter(role=Role.RECRUITER, is_owner=True).values_list("company_id", "user_id")
    )

    def entry(minutes: float, verb: str, booth: Booth | None = None, **said: Any) -> AuditEntry:
        """One line, so many minutes after the opening; the company's owner did what was done to a booth."""
        by_company = booth is not None and verb != "booths.approved"
        return AuditEntry(
            at=fair.starts_at + timedelta(minutes=minutes),
            verb=verb,
            actor_user_id=owners.get(booth.company_id) if by_company else staff and staff.user_id,
            actor_role=Role.RECRUITER if by_company else Role.STAFF,
            school_id=None if by_company else fair.school_id,
            company_id=booth.company_id if by_company else None,
            target=(booth or fair)._meta.label_lower,
            target_id=(booth or fair).pk,
            **said,
        )

    day = 24 * 60
    moves = ((-30 * day, "draft", "sign_up"), (-2 * day, "sign_up", "ready"), (0, "ready", "live"))
    booths = list(fair.booths.select_related("company").order_by("pk")[:3])
    # The timeline tells in the order of writing.
    told = [
        entry(-31 * day, "fairs.created"),
        *(entry(at, "fairs.moved", before=before, after=after) for at, before, after in moves),
        *(entry(-20 * day + n, "booths.requested", booth) for n, booth in enumerate(booths)),
        *(
            entry(-15 * day + n, "booths.approved", booth, before="requested", after="approved")
            for n, booth in enumerate(booths)
        ),
        *(entry(20, "booths.paused", booth) for booth in booths[-1:]),
        *(entry(32, "booths.resumed", booth) for booth in booths[-1:]),
        entry(40, "fairs.announced", after="all", data={"announcement": announced.pk}),
    ]
    AuditEntry.objects.bulk_create(sorted(told, key=lambda row: row.at))
