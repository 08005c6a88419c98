"""Either side of a meeting against the other: reported to the school that runs the fair, and not met again."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from backend.common.transitions import move
from backend.notifications import domain as notifications
from fairs import blocking, reported, rules
from fairs.domain.invitation import withdraw
from fairs.domain.line import set_ticket
from fairs.domain.meeting import end_meeting, part_of
from fairs.domain.plan import forget_pair
from fairs.domain.words import written
from fairs.enums import (
    IN_LINE,
    REPORT_TRANSITIONS,
    RUNNING,
    Decision,
    MeetingStatus,
    ReportReason,
    ReportStatus,
    TicketStatus,
)
from fairs.models import Block, Booth, FairRegistration, Invitation, Meeting, Report, Ticket
from fairs.safety_models import LONGEST_REPORT


@transaction.atomic
def report_person(*, actor: Actor, meeting_id: int, reason: str, text: str = "") -> Report:
    """Tell the school that runs the fair about the other side of a meeting; once per side and meeting."""
    meeting = part_of(actor, meeting_id)
    if reason not in ReportReason.values:
        raise Invalid(fields={"reason": [_("Choose one of the reasons.")]})
    text = written("text", text, LONGEST_REPORT)
    by_student = rules.owns_ticket(actor, meeting.ticket)
    try:
        with transaction.atomic():
            report = Report.objects.create(
                meeting=meeting, reporter_id=actor.user_id, by_student=by_student, reason=reason, text=text
            )
    except IntegrityError:
        raise Conflict(
            "reported_already", _("This meeting is reported already; the school decides.")
        ) from None
    audit.record(
        actor=actor, verb="reports.made", target=report, after=report.status, data={"reason": reason}
    )
    fair = meeting.ticket.booth.fair
    staff = Membership.objects.filter(
        school_id=fair.school_id, role=Role.STAFF, department__isnull=True, ended_at__isnull=True
    )
    notifications.notify(
        user_ids=list(staff.order_by("pk").values_list("user_id", flat=True)),
        kind="fairs.reported",
        dedupe_key=f"fairs.reported:{report.pk}",
        url=f"/staff/fairs/{fair.pk}/reports/",
        fair=fair.name,
    )
    return report


@transaction.atomic
def decide_report(*, actor: Actor, report_id: int, decision: str, answer: str = "") -> Report:
    """Staff of the school that runs the fair say what they did; whoever reported is told."""
    report = reported.reports_visible_to(actor).filter(pk=report_id).first()
    if report is None:
        raise NotFound
    if decision not in Decision.values:
        raise Invalid(fields={"decision": [_("Choose one of the decisions.")]})
    before = move(
        report,
        ReportStatus.DECIDED,
        REPORT_TRANSITIONS,
        decision=decision,
        answer=written("answer", answer, LONGEST_REPORT),
        decided_by_id=actor.user_id,
        decided_at=clock.now(),
    )
    audit.record(
        actor=actor,
        verb="reports.decided",
        target=report,
        before=before,
        after=report.status,
        data={"decision": decision},
    )
    if report.reporter_id is not None:
        notifications.notify(
            user_ids=[report.reporter_id],
            kind="fairs.report_decided",
            dedupe_key=f"fairs.report_decided:{report.pk}",
            url=f"/fairs/meetings/{report.meeting_id}/report/",
            fair=report.meeting.ticket.booth.fair.name,
        )
    return report


@transaction.atomic
def block_person(*, actor: Actor, meeting_id: int) -> Block:
    """Meet the other side no more: an open meeting ends, and every place, call and invitation between the two."""
    meeting = part_of(actor, meeting_id)
    student, company = meeting.ticket.student_id, meeting.ticket.booth.company_id
    forget_pair(actor, student, company)
    # In the order of all who write here: whoever joins, is called or invited does so before this, or sees the block.
    fairs_on = {"fair__status__in": RUNNING}
    mine = FairRegistration.objects.filter(student_id=student, **fairs_on)
    list(mine.select_for_update(of=("self",)).order_by("pk"))
    booths = Booth.objects.filter(company_id=company, **fairs_on)
    asked = Invitation.objects.filter(student_id=student, booth__in=booths)
    list(asked.select_for_update(of=("self",)).order_by("pk"))
    list(booths.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    places = Ticket.objects.filter(student_id=student, booth__company_id=company)
    # A talk before its ticket and before any stream, as whoever ends one; it may outlast its fair.
    talks = Meeting.objects.filter(ticket__in=places, status=MeetingStatus.OPEN).order_by("pk")
    list(talks.select_for_update(of=("self",)))
    by_student = rules.owns_ticket(actor, meeting.ticket)
    block, new = Block.objects.get_or_create(
        student_id=student, company_id=company, by_student=by_student, defaults={"by_id": actor.user_id}
    )
    if new:
        audit.record(actor=actor, verb="blocks.made", target=block)
    withdraw(actor, asked)
    live = places.filter(status__in=[*IN_LINE, TicketStatus.CALLED]).select_for_update(of=("self",))
    for ticket in live.select_related("booth__fair").order_by("pk"):
        set_ticket(actor, ticket, TicketStatus.LEFT, ended_at=clock.now())
    for talk in talks:
        end_meeting(actor=actor, meeting_id=talk.pk)
    return block


@transaction.atomic
def unblock(*, actor: Actor, block_id: int) -> None:
    """Take one's own side's block back."""
    block = blocking.blocks_of(actor).filter(pk=block_id).first()
    if block is None:
        raise NotFound
    audit.record(actor=actor, verb="blocks.taken_back", target=block)
    block.delete()
