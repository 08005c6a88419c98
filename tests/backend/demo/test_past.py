"""What happened in the demo before today, its fairs and its accounts."""

import itertools
import json
import random
import socket
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Count, F, Max, Min

from backend.accounts.models import Membership, User
from backend.applications.enums import TRANSITIONS, ApplicationStatus
from backend.applications.models import Application, ApplicationStep
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.demo import build, fairs, names, people
from backend.positions.enums import PositionStatus
from backend.recommendations.models import Impression, Interaction
from backend.schools.models import School
from fairs.enums import BoothStatus, FairStatus, MeetingStatus, Outcome, TicketStatus
from fairs.models import Booth, BoothPosition, Fair, FairRegistration, Meeting, Message, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_its_folder")]


def fair(status):
    return Fair.objects.get(status=status)


# Applications


def test_applications_are_of_seekers_for_open_positions_once_each(demo):
    rows = Application.objects.select_related("student", "position")
    assert rows.count() == demo.applied > 500
    assert {row.student.seeking for row in rows} == {True}
    assert {row.position.status for row in rows} == {PositionStatus.PUBLISHED}
    pairs = [(row.student_id, row.position_id) for row in rows]
    assert len(pairs) == len(set(pairs))


def test_steps_follow_the_table_of_transitions_and_end_at_the_status():
    steps = defaultdict(list)
    for application, status in ApplicationStep.objects.order_by("id").values_list("application_id", "status"):
        steps[application].append(status)
    for row in Application.objects.all():
        path = steps[row.pk]
        assert path[0] == ApplicationStatus.NEW
        assert path[-1] == row.status
        assert all(
            after in TRANSITIONS[ApplicationStatus(before)] for before, after in itertools.pairwise(path)
        )


def test_steps_are_taken_by_the_side_that_may_in_order_of_time(demo):
    students = {ApplicationStatus.NEW, ApplicationStatus.WITHDRAWN}
    last = {}
    for step in ApplicationStep.objects.order_by("id"):
        assert step.by_role == ("student" if step.status in students else "recruiter")
        assert last.get(step.application_id, step.at) <= step.at <= demo.now
        last[step.application_id] = step.at


def test_every_list_of_a_company_has_something_but_offers_are_made_by_people():
    counts = Counter(Application.objects.values_list("status", flat=True))
    assert set(counts) == {"new", "viewed", "shortlisted", "interview", "declined", "withdrawn"}


def test_an_application_is_due_a_week_after_it_came_and_the_near_ones_were_reminded(demo):
    for row in Application.objects.all():
        assert row.due_at - row.created_at == timedelta(days=7)
        assert (row.reminded_at is not None) == (row.due_at < demo.now + timedelta(days=2))


def test_lists_shown_are_whole_and_newest_first():
    shown = defaultdict(list)
    for row in Impression.objects.select_related("position").order_by("rank"):
        shown[row.student_id].append((row.rank, row.position.published_at, row.at, row.model))
    assert len(shown) == 700
    for rows in shown.values():
        assert [rank for rank, *_ in rows] == list(range(1, 21))
        published = [at for _, at, _, _ in rows]
        assert published == sorted(published, reverse=True)
        assert len({at for _, _, at, _ in rows}) == 1
        assert {model for *_, model in rows} == {"newest-first"}


def test_what_people_did_they_did_to_what_they_were_shown():
    shown = set(Impression.objects.values_list("student_id", "position_id"))
    viewed = set(Interaction.objects.filter(kind="view").values_list("student_id", "position_id"))
    applied = set(Interaction.objects.filter(kind="apply").values_list("student_id", "position_id"))
    assert applied < viewed < shown
    assert applied == set(Application.objects.values_list("student_id", "position_id"))


def test_people_like_what_fits_so_that_there_is_something_to_learn():
    def share(rows):
        pairs = [(row.student, row.position) for row in rows.select_related("student", "position")]
        return sum(position.occupation_id in student.wanted_occupations for student, position in pairs) / len(
            pairs
        )

    assert share(Interaction.objects.filter(kind="apply")) > 3 * share(Impression.objects.all())


# Fairs


def test_one_fair_is_live_one_open_one_over_and_one_a_draft(demo):
    assert Counter(Fair.objects.values_list("status", flat=True)) == {
        FairStatus.LIVE: 1,
        FairStatus.SIGN_UP: 1,
        FairStatus.CLOSED: 1,
        FairStatus.DRAFT: 1,
    }
    assert fair(FairStatus.CLOSED).closed_at < demo.now - timedelta(days=60)
    assert fair(FairStatus.LIVE).starts_at < demo.now < fair(FairStatus.LIVE).ends_at
    assert demo.now + timedelta(days=11) < fair(FairStatus.SIGN_UP).starts_at
    assert [row.opened_at is None for row in Fair.objects.order_by("starts_at")] == [False, False, True, True]


@pytest.mark.parametrize(
    ("status", "booths", "requested", "signed_up", "entered"),
    [
        (FairStatus.LIVE, 120, 0, 1100, 340),
        (FairStatus.SIGN_UP, 45, 15, 260, 0),
        (FairStatus.CLOSED, 70, 0, 900, 760),
    ],
)
def test_a_fair_has_booths_and_people(status, booths, requested, signed_up, entered):
    rows = Booth.objects.filter(fair=fair(status))
    registered = FairRegistration.objects.filter(fair=fair(status))
    assert (
        rows.count(),
        rows.filter(status=BoothStatus.REQUESTED).count(),
        registered.count(),
        registered.filter(entered_at__isnull=False).count(),
    ) == (booths, requested, signed_up, entered)


def test_booths_have_labels_of_their_zone_and_positions_of_their_company():
    for row in Booth.objects.select_related("company"):
        assert row.label[0] == row.zone[0]
        assert row.company.status == CompanyStatus.VERIFIED
    labels = Booth.objects.values("fair", "label").annotate(n=Count("id")).values_list("n", flat=True)
    assert set(labels) == {1}
    foreign = BoothPosition.objects.exclude(booth__company=F("position__company"))
    assert not foreign.exists()
    assert not Booth.objects.annotate(n=Count("brought")).filter(n=0).exists()


def test_everybody_inside_a_live_fair_waits_within_the_limit_of_lines():
    live = fair(FairStatus.LIVE)
    tickets = Ticket.objects.filter(booth__fair=live)
    assert set(tickets.filter(group=None).values_list("status", flat=True)) == {TicketStatus.WAITING}
    per_student = Counter(tickets.values_list("student_id", flat=True))
    inside = set(live.registrations.filter(entered_at__isnull=False).values_list("student_id", flat=True))
    assert set(per_student) == inside
    assert max(per_student.values()) <= live.lines_per_student


@pytest.mark.parametrize("status", [FairStatus.LIVE, FairStatus.CLOSED])
def test_numbers_of_a_line_are_without_gaps(status):
    rows = Booth.objects.filter(fair=fair(status)).annotate(
        n=Count("tickets"), least=Min("tickets__number"), most=Max("tickets__number")
    )
    for row in rows:
        assert (row.n, row.most or 0) == (row.last_number, row.last_number)
        assert row.least in (None, 1)


def test_nobody_waits_in_a_fair_that_is_over_or_to_come():
    over = Ticket.objects.filter(booth__fair=fair(FairStatus.CLOSED))
    assert set(over.values_list("status", flat=True)) == {
        TicketStatus.SERVED,
        TicketStatus.NO_SHOW,
        TicketStatus.LEFT,
    }
    assert not Ticket.objects.filter(booth__fair=fair(FairStatus.SIGN_UP)).exists()
    for row in over:
        assert row.joined_at < row.ended_at
        assert (row.called_at is None) == (row.status == TicketStatus.LEFT)
        assert row.called_at is None or row.joined_at < row.called_at < row.ended_at


def test_every_talk_has_an_outcome_and_lies_between_call_and_end():
    companies = dict(Membership.objects.filter(role="recruiter").values_list("user", "company"))
    # A group session goes on at the live fair.
    rows = Meeting.objects.filter(ticket__group=None).select_related("ticket__booth")
    assert rows.count() == Ticket.objects.filter(status=TicketStatus.SERVED).count() > 800
    for row in rows:
        assert row.status == MeetingStatus.ENDED
        assert row.outcome != Outcome.PENDING
        assert row.ticket.called_at <= row.started_at < row.ended_at == row.ticket.ended_at
        assert companies[row.recruiter_id] == row.ticket.booth.company_id


def test_messages_are_said_in_turn_by_the_two_who_talked():
    said = defaultdict(list)
    for row in Message.objects.select_related("meeting__ticket__student__membership").order_by("id"):
        said[row.meeting_id].append(row)
    assert len(said) == Meeting.objects.filter(ticket__group=None).count()
    for rows in said.values():
        meeting = rows[0].meeting
        student = meeting.ticket.student.membership.user_id
        assert [row.by_student for row in rows] == [True, False] * (len(rows) // 2)
        assert [row.author_id for row in rows] == [student, meeting.recruiter_id] * (len(rows) // 2)
        times = [row.at for row in rows]
        assert times == sorted(times)
        assert times[0] > meeting.started_at


def test_a_demo_started_again_is_still_live(demo):
    with clock.frozen(demo.now + timedelta(days=3)):
        fairs.keep_live()
        assert fair(FairStatus.LIVE).ends_at == demo.now + timedelta(days=3, hours=6)
        assert fair(FairStatus.CLOSED).ends_at < demo.now


# Accounts


def test_one_account_per_role_can_sign_in(demo, client):
    accounts = {account.role: account for account in people.accounts()}
    assert list(accounts) == ["student", "recruiter", "staff", "operator"]
    for role, account in accounts.items():
        user = User.objects.get(email=account.email)
        assert user.check_password(account.password)
        assert Membership.objects.get(user=user).role == role
        assert user.emailaddress_set.get().verified


def test_the_accounts_see_something(demo):
    membership = {row.role: row for row in Membership.objects.filter(user__email__contains="@demo.")}
    assert membership["student"].student.applications.exists()
    assert membership["student"].student.seeking
    assert membership["recruiter"].is_owner
    assert Application.objects.filter(position__company=membership["recruiter"].company).exists()
    assert membership["staff"].school == membership["student"].school == demo.schools[0]


def test_nobody_else_has_a_password(demo):
    mine = [account.email for account in people.accounts()]
    others = User.objects.exclude(email__in=mine)
    assert others.count() > 2000
    assert set(others.values_list("password", flat=True)) == {"!"}


def test_the_accounts_are_kept_from_other_users_of_the_machine(demo):
    path = demo.folder / people.FILE
    assert path.stat().st_mode & 0o077 == 0
    assert set(json.loads(path.read_text())) == {"student", "recruiter", "staff", "operator"}


def test_the_command_repeats_them_for_people_and_for_machines(capsys):
    call_command("demo_accounts", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == {one.role: {"email": one.email, "password": one.password} for one in people.accounts()}
    call_command("demo_accounts")
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        [one.role, one.email, one.password] for one in people.accounts()
    ]


def test_without_a_demo_the_command_says_how_to_get_one(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert people.accounts() == []
    with pytest.raises(CommandError, match="make demo"):
        call_command("demo_accounts")


# Building


def test_the_demo_is_built_when_its_last_step_is_done(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert not build.is_built()
    *_, (title, finish) = build.steps()
    finish()
    assert (title, build.is_built(), build.is_foreign()) == ("Done", True, False)


def test_a_school_of_somebody_else_is_left_alone(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert not build.is_foreign()
    School.objects.create(name="别的学校", code="other", city_code="420100")
    assert build.is_foreign()


def test_a_taken_port_is_a_clear_message():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} is taken .*PORT=8001"):
            call_command("demo", "--port", str(port))


def test_the_same_seed_makes_the_same_names():
    def drawn(seed):
        dice = random.Random(seed)
        return [
            (names.person(dice), names.company(dice, "武汉", "精工"), names.city(dice)) for _ in range(30)
        ]

    assert drawn(5) == drawn(5) != drawn(6)


def test_the_schools_own_region_comes_most_often():
    dice = random.Random(1)
    drawn = Counter(names.city(dice)[1] for _ in range(3_000))
    assert drawn.most_common(1)[0][0] == "武汉"
    assert set(drawn) == {name for _, name, _ in names.CITIES}
