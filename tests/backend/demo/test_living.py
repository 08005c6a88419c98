"""The small demo as people meet it: every page of every role opens, and simulated students walk through its live fair."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from backend.accounts.models import Membership, User
from backend.common import clock
from backend.demo import fairs as demo_fairs
from backend.demo import people
from backend.insights.enums import Dimension
from backend.insights.queries import observe
from backend.positions.models import Position
from backend.students.models import Student
from backend.web import nav
from fairs import bots, timeline
from fairs.enums import IN_LINE, MeetingStatus, Outcome, TicketStatus
from fairs.models import Booth, Fair, FairRegistration, Meeting, Message, Ticket
from tests.backend.demo.conftest import SMALL, built

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_its_folder")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROLES = ("student", "recruiter", "staff", "operator")


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """A small demo school after five minutes of its live fair; `done`: what the bots did, `before`: what they must not touch."""
    with built(django_db_blocker, tmp_path_factory.mktemp("demo"), 3, SMALL) as made:
        with clock.frozen(made.now + timedelta(minutes=1)):
            made.fair = Fair.objects.get(status="live")
            made.before = standing(made.fair)
            made.done = walk(90)
            clock.advance(bots.TALK + timedelta(minutes=6))
            made.done += walk(20, seed=8)
            made.ended_at = clock.now()
        yield made


def standing(fair: Fair) -> dict[str, list]:
    """What the bots must not touch, and how many had signed up."""
    mine = Membership.objects.get(user__email="student@demo.fairway.invalid").student_id
    firm = Membership.objects.get(user__email="recruiter@demo.fairway.invalid").company_id
    tickets = Ticket.objects.order_by("pk")
    return {
        "the student's tickets": list(tickets.filter(student=mine).values()),
        "calls of the company": list(
            tickets.filter(booth__company=firm, booth__fair=fair, called_at__isnull=False).values()
        ),
        "tickets of other fairs": list(tickets.exclude(booth__fair=fair).values()),
        "sign-ups of other fairs": list(FairRegistration.objects.exclude(fair=fair).order_by("pk").values()),
        "sign-ups of this fair": list(FairRegistration.objects.filter(fair=fair).order_by("pk").values("pk")),
    }


def walk(steps: int, seed: int = 7) -> Counter:
    """So many steps, two seconds apart; what was done how often."""
    rng, done = random.Random(seed), Counter()
    for _ in range(steps):
        done[bots.step(rng)] += 1
        clock.advance(timedelta(seconds=2))
    return done


@pytest.fixture
def browser(demo):
    """A browser in which the demo's account of a role has signed in."""

    def of(role: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(email=f"{role}@demo.fairway.invalid"), BACKEND)
        return client

    return of


# Pages


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_the_navigation_opens_on_the_demo(browser, role):
    client = browser(role)
    for link in [*nav.links(role, "/"), *nav.links(role, "/", "account")]:
        assert client.get(link.url, follow=True).status_code == 200, link.url


def test_a_student_sees_the_own_applications_and_the_fairs(browser):
    client = browser("student")
    mine = Membership.objects.get(user__email="student@demo.fairway.invalid").student
    applications = client.get("/applications/").content.decode()
    fairs = client.get("/fairs/").content.decode()
    for row in mine.applications.select_related("position"):
        assert row.position.title in applications
    every = Fair.objects.values_list("name", "status")
    assert [name in fairs for name, _ in every] == [status != "draft" for _, status in every]


def test_two_of_three_who_came_to_a_fair_checked_in_at_its_door(demo):
    over = Fair.objects.get(status="closed")
    came = over.registrations.filter(entered_at__isnull=False).count()
    assert over.check_ins.count() == sum(1 for index in range(came) if index % 3) > 0
    assert not over.check_ins.exclude(at=F("registration__entered_at")).exists()


def test_a_recruiter_sees_the_positions_of_the_own_company_and_nobody_elses(browser):
    company = Membership.objects.get(user__email="recruiter@demo.fairway.invalid").company
    rows = browser("recruiter").get("/company/positions/").context["rows"]
    assert rows.paginator.count == company.positions.count() > 0
    assert {row.company_id for row in rows} == {company.pk}


def test_staff_see_the_figures_of_the_whole_alliance_and_the_own_students(demo, browser):
    home = browser("staff").get("/")
    total = home.context["observation"].table.total
    looking = Student.objects.filter(school=demo.schools[0], seeking=True)
    assert (total.openings, total.seekers) == (demo.size.openings, looking.count())
    # The whole alliance teaches every trade, so each demanded major is somebody's.
    assert {group.key for group in home.context["observation"].table.groups if group.seekers} == set(
        looking.values_list("major__name", flat=True)
    )


@pytest.mark.parametrize("dimension", Dimension)
def test_the_operators_figures_are_of_everything_there_is(demo, dimension):
    from backend.accounts.actor import actor_of

    actor = actor_of(User.objects.get(email="operator@demo.fairway.invalid"))
    total = observe(actor, dimension).table.total
    assert (total.openings, total.seekers) == (
        demo.size.openings,
        Student.objects.filter(seeking=True).count(),
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_account_signs_in_with_what_was_printed(demo, role):
    (account,) = [one for one in people.accounts() if one.role == role]
    client = Client()
    answer = client.post("/accounts/login/", {"login": account.email, "password": account.password})
    assert answer.status_code == 302
    assert client.get("/").wsgi_request.actor.role == role


@pytest.mark.parametrize("role", ["student", "staff"])
def test_no_other_password_opens_it(demo, role):
    client = Client()
    client.post("/accounts/login/", {"login": f"{role}@demo.fairway.invalid", "password": "fair-00000000"})
    assert "_auth_user_id" not in client.session


# The live fair, walked through by bots


def test_calls_answers_and_talks_happened_and_every_one_is_a_row(demo):
    done, here = demo.done, Ticket.objects.filter(booth__fair=demo.fair, group=None)
    assert min(done["call"], done["accept"], done["talk"], done["end"]) > 0
    talks = Meeting.objects.filter(ticket__in=here)
    assert (talks.count(), here.filter(called_at__isnull=False).count()) == (done["accept"], done["call"])
    assert Message.objects.filter(meeting__in=talks).count() == done["talk"]


def test_talks_ended_with_an_outcome_once_enough_was_said(demo):
    ended = Meeting.objects.filter(ticket__booth__fair=demo.fair, status=MeetingStatus.ENDED)
    assert ended.count() == demo.done["end"]
    assert set(ended.values_list("outcome", flat=True)) <= {
        Outcome.INTERVIEW, Outcome.PENDING, Outcome.DECLINED, Outcome.OFFER,
    }  # fmt: skip
    assert set(ended.values_list("ticket__status", flat=True)) == {TicketStatus.SERVED}


def test_nobody_came_into_a_hall_that_was_full(demo):
    assert len(Ticket.objects.filter(booth__fair=demo.fair)) >= bots.CROWD
    assert demo.done["come"] == 0
    assert standing(demo.fair)["sign-ups of this fair"] == demo.before["sign-ups of this fair"]


def test_what_belongs_to_people_and_to_other_fairs_was_left_alone(demo):
    assert standing(demo.fair) == demo.before
    assert len(demo.before["tickets of other fairs"]) > 50


def test_whatever_bots_do_a_line_stays_a_line(demo):
    for booth in Booth.objects.filter(fair=demo.fair).prefetch_related("tickets"):
        numbers = sorted(ticket.number for ticket in booth.tickets.all())
        assert numbers == list(range(1, booth.last_number + 1))
    here = Ticket.objects.filter(booth__fair=demo.fair)
    busy = here.filter(status__in=[TicketStatus.CALLED, TicketStatus.MEETING])
    assert max(Counter(busy.values_list("student_id", flat=True)).values(), default=0) <= 1
    talks = Meeting.objects.filter(ticket__in=here, status=MeetingStatus.OPEN)
    assert set(talks.values_list("ticket__status", flat=True)) <= {TicketStatus.MEETING}
    lines = Counter(here.filter(status__in=IN_LINE).values_list("student_id", flat=True))
    assert max(lines.values()) <= demo.fair.lines_per_student


def test_a_hall_with_room_takes_students_in(demo, monkeypatch):
    monkeypatch.setattr(bots, "CROWD", 10_000)
    before = FairRegistration.objects.filter(fair=demo.fair).count()
    rng = random.Random(1)
    with clock.frozen(demo.ended_at):
        came = [bots._come(demo.fair, rng) for _ in range(3)]
    assert set(came) == {"come"}
    assert before <= FairRegistration.objects.filter(fair=demo.fair).count() <= before + 3


def test_without_the_live_fair_there_is_nothing_to_do(demo):
    Fair.objects.filter(pk=demo.fair.pk).update(status="closed", closed_at=demo.ended_at)
    with clock.frozen(demo.ended_at):
        assert walk(12) == Counter({"": 12})


def test_a_demo_started_days_later_has_its_bots_again(demo):
    with clock.frozen(demo.now + timedelta(days=3)):
        demo_fairs.keep_live()
        assert Fair.objects.get(pk=demo.fair.pk).ends_at == clock.now() + timedelta(hours=6)
        assert walk(12)["call"] > 0


# What the demo says of itself


def test_positions_of_the_demo_are_findable(demo, settings):
    from backend.positions import indexing
    from search import api
    from search.query import Filters, PositionQuery

    settings.ELASTICSEARCH_URL = ""
    stored = api.rebuild(indexing.all_documents())
    public = Position.objects.filter(status="published")
    row = public.order_by("pk").first()
    found = api.find_positions(PositionQuery(row.title, Filters(school_ids=None), size=100, now=clock.now()))
    assert stored >= public.count()
    assert row.pk in found.ids


def test_the_timeline_of_the_live_fair_tells_how_it_came_to_open(demo):
    """Every kind but people, whom nobody has silenced yet; nothing that is still to come."""
    rows = {kind: timeline.entries(demo.fair, kind=kind) for kind in timeline.KINDS}
    assert {kind: found.exists() for kind, found in rows.items()} == {
        "fair": True, "booth": True, "announcement": True, "people": False,
    }  # fmt: skip
    moves = rows["fair"].filter(verb="fairs.moved").order_by("at").values_list("before", "after")
    assert list(moves) == [("draft", "sign_up"), ("sign_up", "ready"), ("ready", "live")]
    moments = list(timeline.entries(demo.fair).values_list("at", flat=True))
    assert moments == sorted(moments, reverse=True)
    assert moments[0] <= demo.ended_at
