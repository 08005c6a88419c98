"""The pieces the demo is built of, each on its own: what the dice may do and what they may not."""

import itertools
import json
import random
import stat
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.companies.rules import credit_code_error
from backend.demo import build, fairs, history, market, names, people, world
from backend.demo.families import FAMILIES
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import School
from backend.students.enums import PositionKind
from backend.students.models import Student
from fairs.enums import FairStatus, TicketStatus
from fairs.models import Fair
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.fairs import FairFactory
from tests.factories.schools import SchoolFactory

QUIET = settings(max_examples=60, deadline=None)
dice = st.integers(0, 2**32).map(random.Random)


@pytest.fixture(autouse=True)
def _in_its_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


# Openings, dealt out


@given(dice, st.integers(1, 60), st.integers(0, 500))
@QUIET
def test_openings_are_dealt_out_to_the_last_one_and_nobody_goes_without(rng, rows, more):
    positions = [SimpleNamespace(openings=1) for _ in range(rows)]
    market._spread_openings(rng, positions, rows + more)
    assert sum(row.openings for row in positions) == rows + more
    assert min(row.openings for row in positions) >= 1


def test_most_have_few_openings_and_some_have_many():
    positions = [SimpleNamespace(openings=1) for _ in range(800)]
    market._spread_openings(random.Random(3), positions, 5900)
    sizes = sorted(row.openings for row in positions)
    assert sizes[400] < 5900 / 800 < sizes[-1] / 5


# Positions of an occupation


@pytest.fixture
def maker(db):
    """A company of each trade's city, unsaved: what a position is made of."""
    call_command("load_reference", verbosity=0)
    return lambda code, city: Company(
        pk=1, city_code=code, credit_code="91420100MA0100000X", address=f"{city}市江夏区创业路{7}号"
    )


def test_a_place_lies_in_a_district_of_the_city_and_keeps_the_street(maker):
    jobs = [job[0] for family in FAMILIES for job in family.jobs]
    for code, city, _weight in names.CITIES:
        districts = dict(market.districts_of(code))
        found = {market._place(maker(code, city), job) for job in jobs}
        assert len(found) > 1
        for district, place in found:
            assert place == f"{city}市{districts[district]}创业路7号"


def test_positions_of_every_trade_are_paid_and_dated_as_they_must(maker):
    rng, company, now = random.Random(5), maker("440300", "深圳"), clock.now()
    for family, job in [(trade, job) for trade in FAMILIES for job in trade.jobs] * 3:
        row = market._position(rng, company, family, job)
        assert row.created_at < row.published_at < now < row.expires_at
        assert row.deadline == row.expires_at.date()
        assert 0 < row.salary_min < row.salary_max
        assert (row.occupation_id, row.city_code) == (job[0], "440300")
        assert row.title.endswith("（实习）") == (row.kind == PositionKind.INTERNSHIP)


def test_an_internship_pays_less_and_a_dear_city_more(maker):
    family, job = FAMILIES[0], FAMILIES[0].jobs[0]

    def mean(city: str, kind: str) -> float:
        rng = random.Random(1)
        rows = [market._position(rng, maker(city, "深圳"), family, job) for _ in range(400)]
        pay = [row.salary_min for row in rows if row.kind == kind]
        return sum(pay) / len(pay)

    full, intern = mean("440300", PositionKind.FULL_TIME), mean("440300", PositionKind.INTERNSHIP)
    assert 0.5 < intern / full < 0.7
    assert 1.1 < full / mean("510100", PositionKind.FULL_TIME) < 1.3


@pytest.mark.django_db
def test_positions_in_other_states_follow_each_other(maker):
    rows = market._in_other_states(random.Random(2), [(maker("420100", "武汉"), FAMILIES[0])] * 50)
    assert len(rows) == 48
    order = [PositionStatus.DRAFT, PositionStatus.IN_REVIEW, PositionStatus.PAUSED, PositionStatus.CLOSED]
    assert [row.status for row in rows] == order * 12
    assert all((row.published_at is None) == (row.status in order[:2]) for row in rows)


# Companies and people


def test_eight_of_170_companies_are_not_verified_and_each_queue_has_one():
    states = Counter(world._vetting_state(index) for index in range(world.COMPANIES))
    assert states[CompanyStatus.VERIFIED] == 162
    assert {state: number for state, number in states.items() if state != CompanyStatus.VERIFIED} == {
        CompanyStatus.SUBMITTED: 5,
        CompanyStatus.REJECTED: 1,
        CompanyStatus.SUSPENDED: 1,
        CompanyStatus.DRAFT: 1,
    }


@given(dice)
@QUIET
def test_a_name_is_a_surname_and_one_or_two_characters(rng):
    name = names.person(rng)
    assert name[0] in names.SURNAMES
    assert 2 <= len(name) <= 3
    assert set(name[1:]) <= set(names.GIVEN)


@given(dice, st.sampled_from(names.CITIES), st.sampled_from([family.stems[0] for family in FAMILIES]))
@QUIET
def test_a_companys_name_says_city_brand_trade_and_form(rng, city, stem):
    name = names.company(rng, city[1], stem)
    rest = name.removeprefix(city[1])
    assert name != rest
    assert [brand for brand in names.BRANDS if rest.startswith(brand + stem)]
    assert name.endswith("公司")


@pytest.mark.django_db
def test_companies_are_as_many_as_asked_for_with_names_and_codes_of_their_own():
    schools = [SchoolFactory() for _ in range(3)]
    rows = world.build_companies(random.Random(8), schools, 30)
    made = [company for company, _family in rows]
    assert len({row.name for row in made}) == len({row.credit_code for row in made}) == 30
    assert [row.name for row in made if credit_code_error(row.credit_code)] == []
    assert Counter(row.school_id for row in made) == {school.pk: 10 for school in schools}
    assert [family.key for _company, family in rows] == [FAMILIES[n % len(FAMILIES)].key for n in range(30)]


# What was shown, and what came of it


class Likes:
    """A student who would open a position of occupation 1."""

    wanted_occupations, skills, wanted_cities, salary_floor = ["1"], ["a", "b"], ["c"], 5000


def offered(**fields):
    values = {"occupation_id": "0", "skills": [], "city_code": "x", "salary_max": 1000}
    return SimpleNamespace(**values | fields)


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({"occupation_id": "1"}, 2.0),
        ({"skills": ["a"]}, 0.5),
        ({"skills": ["a", "b", "z"]}, 1.0),
        ({"city_code": "c"}, 0.6),
        ({"salary_max": 5000}, 0.5),
        ({"salary_max": None}, 0.0),
        ({}, 0.0),
    ],
)
def test_what_a_student_likes_adds_up(fields, more):
    def pull(position):
        return history._liking(random.Random(1), Likes, position)

    assert pull(offered(**fields)) - pull(offered()) == pytest.approx(more)


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [1, 100, 166, 400])
def test_an_application_is_due_in_a_week_and_reminded_a_day_before(frozen_now, hours):
    at = clock.now() - timedelta(hours=hours)
    row = history._application(random.Random(1), None, None, at)
    assert (row.created_at, row.due_at) == (at, at + timedelta(days=7))
    near = row.due_at < clock.now() + timedelta(days=2)
    assert row.reminded_at == (row.due_at - timedelta(days=1) if near else None)


def test_every_path_of_an_application_starts_new_and_some_have_no_weight():
    assert {path[0] for path, _weight in history.PATHS} == {"new"}
    assert [path[-1] for path, weight in history.PATHS if not weight] == ["offer"]


# A fair that is over


def happened(seed: int, joined: float, free: dict | None = None):
    start = clock.now()
    fair = SimpleNamespace(closed_at=start + timedelta(hours=4))
    ticket = SimpleNamespace(
        booth="A01", student="李", joined_at=start + timedelta(minutes=joined), called_at=None
    )
    busy = {} if free is None else free
    fairs._happened(random.Random(seed), ticket, busy, fair)
    return ticket, busy, fair


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("joined", [0, 90, 215, 228, 239])
def test_a_ticket_ends_within_the_fair_and_in_order(frozen_now, seed, joined):
    ticket, _busy, fair = happened(seed, joined)
    assert ticket.joined_at < ticket.ended_at <= fair.closed_at
    if ticket.status == TicketStatus.LEFT:
        assert ticket.called_at is None
    else:
        assert ticket.joined_at < ticket.called_at < ticket.ended_at
        assert ticket.status in {TicketStatus.SERVED, TicketStatus.NO_SHOW}


def test_nobody_is_called_so_late_that_the_talk_would_not_fit(frozen_now):
    assert {happened(seed, 231)[0].status for seed in range(40)} == {TicketStatus.LEFT}


@pytest.mark.parametrize("side", ["A01", "李"])
def test_a_call_waits_for_the_booth_and_for_the_student(frozen_now, side):
    later = clock.now() + timedelta(minutes=60)
    for seed in range(20):
        ticket, busy, _fair = happened(seed, 5, {side: later})
        if ticket.called_at is not None:
            assert ticket.called_at >= later
            assert busy["A01"] >= ticket.ended_at


def test_who_did_not_come_keeps_the_booth_but_not_the_student(frozen_now):
    seen = {}
    for seed in range(60):
        ticket, busy, _fair = happened(seed, 5)
        seen.setdefault(ticket.status, set(busy))
    assert seen == {
        TicketStatus.SERVED: {"A01", "李"},
        TicketStatus.NO_SHOW: {"A01"},
        TicketStatus.LEFT: set(),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("status", FairStatus)
@pytest.mark.parametrize("named", [True, False])
def test_only_the_demos_own_live_fair_is_put_off(frozen_now, status, named):
    row = FairFactory(name=f"2026年{fairs.LIVE_CODE}" if named else "别的双选会")
    Fair.objects.filter(pk=row.pk).update(status=status)
    before = row.ends_at
    clock.advance(timedelta(hours=2))
    fairs.keep_live()
    row.refresh_from_db()
    moved = named and status == FairStatus.LIVE
    assert row.ends_at == (clock.now() + timedelta(hours=6) if moved else before)


# Which demo is here


STATES = list(itertools.product([False, True], [False, True], ["none", "demo's", "other", "both"]))


@pytest.mark.django_db
@pytest.mark.parametrize(("begun", "done", "schools"), STATES)
def test_what_is_said_of_a_folder_and_a_database(tmp_path, begun, done, schools):
    """Over every product of marks and schools: at most one of the four is said, and a finished demo is finished."""
    if begun:
        (tmp_path / build.BEGUN).touch()
    if done:
        (tmp_path / build.DONE).touch()
    if schools in ("demo's", "both"):
        SchoolFactory(code=names.SCHOOLS[0][1])
    if schools in ("other", "both"):
        SchoolFactory(code="other")
    said = {
        "built": build.is_built(),
        "foreign": build.is_foreign(),
        "begun": build.is_begun(),
        "elsewhere": build.is_elsewhere(),
    }
    if done:
        wanted = "built"
    elif schools in ("other", "both"):
        wanted = "foreign"
    elif schools == "demo's":
        wanted = "begun" if begun else "elsewhere"
    else:
        wanted = None
    assert {name for name, true in said.items() if true} == ({wanted} if wanted else set())


# Accounts


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [True, False])
def test_the_page_for_signing_in_lists_the_accounts_of_a_demo_alone(client, settings, tmp_path, mode):
    told = {"student": {"email": "student@demo.fairway.invalid", "password": "fair-0123abcd"}}
    (tmp_path / people.FILE).write_text(json.dumps(told))
    settings.DEMO_MODE = mode
    text = client.get("/accounts/login/").content.decode()
    assert ("student@demo.fairway.invalid" in text, "fair-0123abcd" in text) == (mode, mode)


@pytest.mark.django_db
def test_without_a_file_the_page_lists_nobody(client, settings):
    settings.DEMO_MODE = True
    answer = client.get("/accounts/login/")
    assert (answer.status_code, "@demo." in answer.content.decode()) == (200, False)


def test_the_first_step_marks_the_folder_before_it_writes_a_row(tmp_path, db, monkeypatch):
    """What is broken off in it is then known to be the demo's."""
    seen = []
    monkeypatch.setattr(
        build, "call_command", lambda *_, **__: seen.append((tmp_path / build.BEGUN).exists())
    )
    _title, call = next(build.steps())
    call()
    assert seen == [True]
    assert stat.S_ISREG((tmp_path / build.BEGUN).stat().st_mode)


@pytest.mark.django_db
def test_schools_are_built_as_one_alliance_each_time_alike():
    schools = world.build_schools()
    assert [(row.name, row.code) for row in schools] == list(names.SCHOOLS)
    assert School.objects.filter(alliance__isnull=False).count() == 3
    assert not Position.objects.exists()
    majors = {school.pk: set(school.majors.values_list("name", flat=True)) for school in schools}
    shared = set.intersection(*majors.values())
    assert shared == set()  # each trade is taught at two of the three


# Lists of positions


def offers(number: int) -> list[Position]:
    """Unsaved positions, one published each hour."""
    return [
        Position(pk=pk, occupation_id="1" if pk % 2 else "0", published_at=clock.now() - timedelta(hours=pk))
        for pk in range(1, number + 1)
    ]


@given(dice, st.integers(20, 60), st.integers(0, 3))
@QUIET
def test_a_list_is_twenty_different_positions_newest_first_with_what_is_sure(rng, number, sure):
    live = offers(number)
    rows = history._shown(rng, Student(pk=1), live, clock.now(), live[:sure])
    shown = [row.position for row in rows]
    assert len({row.pk for row in shown}) == len(shown) == history.SHOWN
    assert {row.pk for row in live[:sure]} <= {row.pk for row in shown}
    assert shown == sorted(shown, key=lambda row: row.published_at, reverse=True)
    assert [row.rank for row in rows] == list(range(1, history.SHOWN + 1))
    assert len({row.showing for row in rows}) == 1


def test_a_list_cannot_be_shown_of_fewer_positions_than_it_has_places():
    with pytest.raises(ValueError, match="larger than population"):
        history._shown(random.Random(1), Student(pk=1), offers(19), clock.now())


@given(dice)
@QUIET
def test_of_a_list_at_most_four_are_opened_and_each_was_on_it(rng):
    student = Student(pk=1, wanted_occupations=["1"], skills=[], wanted_cities=[], salary_floor=1000)
    rows = history._shown(rng, student, offers(40), clock.now())
    opened = history._opened(rng, student, rows)
    assert len({row.pk for row in opened}) == len(opened) <= 4
    assert {row.pk for row in opened} <= {row.position.pk for row in rows}


def test_what_is_wished_is_opened_far_more_often():
    student = Student(pk=1, wanted_occupations=["1"], skills=[], wanted_cities=[], salary_floor=1000)
    rng, opened = random.Random(4), Counter()
    for _ in range(200):
        rows = history._shown(rng, student, offers(40), clock.now())
        opened.update(row.occupation_id for row in history._opened(rng, student, rows))
    assert opened["1"] > 5 * opened["0"]


# Accounts are given once


def someone_of_each_side() -> None:
    """A student who applied to a company of the school; nobody has confirmed an address, as in a fresh demo."""
    school = SchoolFactory()
    company = CompanyFactory(verified=True, school=school)
    RecruiterFactory(company=company, owner=True)
    student = MembershipFactory(of_student=True, student__school=school).student
    ApplicationFactory(student=student, position__company=company)
    EmailAddress.objects.all().delete()


@pytest.mark.django_db
def test_giving_the_accounts_a_second_time_changes_nothing(tmp_path):
    """The passwords that were printed stay the ones that open the door."""
    someone_of_each_side()
    people.build_accounts()
    first = people.accounts()
    users = list(User.objects.order_by("pk").values())
    with pytest.raises(IntegrityError), transaction.atomic():
        people.build_accounts()
    assert (people.accounts(), list(User.objects.order_by("pk").values())) == (first, users)
    assert [one.role for one in first] == ["student", "recruiter", "staff", "operator"]
    assert len({one.password for one in first}) == 1


@pytest.mark.django_db
def test_two_databases_have_two_passwords(tmp_path, settings):
    found = set()
    for name in ("a", "b"):
        settings.DATA_DIR = tmp_path / name
        settings.DATA_DIR.mkdir()
        with suppress(Undone), transaction.atomic():
            someone_of_each_side()
            people.build_accounts()
            found.add(people.accounts()[0].password)
            raise Undone
    assert len(found) == 2


class Undone(Exception):
    """Takes back what a block wrote."""
