"""A group session that goes on at the first booth of the live fair, led by a colleague of whoever tries the demo."""

from datetime import timedelta

from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from fairs import queries
from fairs.enums import TicketStatus
from fairs.models import Booth, GroupMessage, GroupSession, Meeting, Ticket

SEATS, CAME = 6, 4
SAID = ("大家好，先用五分钟介绍一下公司和培养计划。", "请问新人有轮岗吗？", "有的，前半年在三个岗位轮换。")


def build_group(booth: Booth) -> None:
    """The first of the line are in it, two seats are free, and a few words were said; nothing where nobody could lead it."""
    team = Membership.objects.filter(company_id=booth.company_id, role=Role.RECRUITER, is_owner=False)
    leader = team.filter(ended_at__isnull=True).order_by("-pk").first()
    first = list(queries.line_of(booth).filter(status=TicketStatus.WAITING)[:CAME])
    if leader is None or len(first) < CAME:
        return
    now = clock.now()
    # Nobody is called before joining.
    since = max(now - timedelta(minutes=6), *(ticket.joined_at for ticket in first))
    until, by = now + timedelta(minutes=40), leader.user_id
    session = GroupSession.objects.create(
        booth=booth, recruiter_id=by, size=SEATS, topic="校招宣讲与小组交流", started_at=since, ends_at=until
    )
    for ticket in first:
        ticket.status, ticket.group, ticket.called_by_id = TicketStatus.MEETING, session, by
        ticket.called_at, ticket.answer_by = since, since + timedelta(seconds=90)
        waited = int((since - ticket.joined_at).total_seconds())
        ticket.call_reason = {"rule": "group", "waited": waited, "talks": 0, "bonus": 0, "passed_over": []}
    fields = ["status", "group", "called_by", "called_at", "answer_by", "call_reason"]
    Ticket.objects.bulk_update(first, fields)
    Meeting.objects.bulk_create(
        Meeting(ticket=ticket, recruiter_id=by, started_at=since + timedelta(seconds=30), ends_at=until)
        for ticket in first
    )
    account = Membership.objects.filter(student_id=first[0].student_id).values_list("user_id", flat=True)
    asker, step = account.first(), (now - since) / (len(SAID) + 1)
    GroupMessage.objects.bulk_create(
        GroupMessage(
            group=session,
            ticket=first[0] if n % 2 else None,
            author_id=asker if n % 2 else by,
            text=text,
            at=since + step * (n + 1),
        )
        for n, text in enumerate(SAID)
    )
