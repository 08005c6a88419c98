"""Who sees which fairs, booths, tickets and meetings: the matrix of roles, schools and statuses."""

from datetime import datetime, timedelta

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.accounts.enums import Role
from backend.common import clock
from backend.students.models import Student
from fairs import queries
from fairs.enums import BoothStatus, FairStatus, TicketStatus
from fairs.models import Ticket
from fairs.wait import Record, Turn
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    MeetingFactory,
    TicketFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

PUBLIC = {"sign_up", "ready", "live", "paused", "closed"}
ALL = set(FairStatus.values)


@pytest.fixture
def schools():
    """Our school, one of its alliance, and a stranger's."""
    alliance = AllianceFactory()
    return {
        "own": SchoolFactory(alliance=alliance),
        "partner": SchoolFactory(alliance=alliance),
        "foreign": SchoolFactory(),
    }


@pytest.fixture
def people(schools):
    """One person of each role at our school."""
    school = schools["own"]
    company = CompanyFactory(school=school, verified=True)
    return {
        "anonymous": ANONYMOUS,
        "student": actor_of(MembershipFactory(of_student=True, student__school=school).user),
        "recruiter": actor_of(MembershipFactory(recruiter=True, company=company).user),
        "staff": actor_of(MembershipFactory(school=school).user),
        "department": actor_of(
            MembershipFactory(school=school, department=DepartmentFactory(school=school)).user
        ),
        "operator": actor_of(MembershipFactory(operator=True).user),
        "system": SYSTEM,
    }


SEEN = [
    ("anonymous", PUBLIC, PUBLIC, PUBLIC),
    ("student", PUBLIC, PUBLIC, set()),
    ("recruiter", PUBLIC, PUBLIC, set()),
    ("staff", ALL, PUBLIC, set()),
    ("department", ALL, PUBLIC, set()),
    ("operator", ALL, ALL, ALL),
    ("system", ALL, ALL, ALL),
]


@pytest.mark.parametrize(("role", "sides"), [(role, sides) for role, *sides in SEEN])
def test_fairs_by_role_school_and_status(schools, people, role, sides):
    for school in schools.values():
        for status in FairStatus.values:
            FairFactory(school=school, status=status)
    seen = {name: set() for name in schools}
    names = {school.pk: name for name, school in schools.items()}
    for fair in queries.fairs_visible_to(people[role]):
        seen[names[fair.school_id]].add(fair.status)
    assert seen == dict(zip(schools, sides, strict=True))


class TestBooths:
    @pytest.fixture
    def booths(self, schools, people):
        """Booths of one fair: open, asked for, refused, of an expired and a suspended company, and our own."""
        fair = FairFactory(school=schools["own"])
        ours = people["recruiter"].company_id
        return {
            "open": BoothFactory(fair=fair),
            "requested": BoothFactory(fair=fair, requested=True),
            "refused": BoothFactory(fair=fair, status=BoothStatus.REFUSED, label=""),
            "expired": BoothFactory(fair=fair, company=CompanyFactory(school=fair.school, expired=True)),
            "suspended": BoothFactory(fair=fair, company=CompanyFactory(school=fair.school, suspended=True)),
            "ours": BoothFactory(fair=fair, company_id=ours, requested=True),
            "in a draft": BoothFactory(fair=FairFactory(school=schools["own"], draft=True)),
        }

    @pytest.mark.parametrize(
        ("role", "expected"),
        [
            ("anonymous", {"open"}),
            ("student", {"open"}),
            ("recruiter", {"open", "ours"}),
            (
                "staff",
                {"open", "requested", "refused", "expired", "suspended", "ours", "in a draft"},
            ),
            (
                "operator",
                {"open", "requested", "refused", "expired", "suspended", "ours", "in a draft"},
            ),
        ],
    )
    def test_booths_by_role(self, booths, people, role, expected):
        seen = {booth.pk for booth in queries.booths_visible_to(people[role])}
        assert {name for name, booth in booths.items() if booth.pk in seen} == expected

    def test_the_hall_shows_open_booths_only_even_to_staff(self, booths, people):
        hall = queries.hall_booths(people["staff"], booths["open"].fair)
        assert list(hall) == [booths["open"]]

    def test_booths_worked_are_the_companys_own(self, booths, people):
        assert list(queries.booths_worked_by(people["recruiter"])) == [booths["ours"]]

    @pytest.mark.parametrize("role", ["anonymous", "student", "staff", "operator"])
    def test_nobody_else_works_a_booth(self, booths, people, role):
        assert list(queries.booths_worked_by(people[role])) == []

    def test_vetting_that_runs_out_closes_the_booth_without_a_write(self, booths, people):
        clock.advance(timedelta(days=183))
        assert list(queries.booths_visible_to(people["student"])) == []


class TestTickets:
    @pytest.fixture
    def hall(self, people, schools):
        """A fair with our booth and another; the student waits at both, somebody else at ours."""
        fair = FairFactory(school=schools["own"])
        ours = BoothFactory(fair=fair, company_id=people["recruiter"].company_id)
        theirs = BoothFactory(fair=fair)
        student = Student.objects.get(pk=people["student"].student_id)
        abroad = TicketFactory(booth=BoothFactory(fair=FairFactory(school=schools["foreign"])))
        return {
            "mine at ours": TicketFactory(booth=ours, student=student),
            "mine at theirs": TicketFactory(booth=theirs, student=student),
            "another's at ours": TicketFactory(booth=ours),
            "another's at theirs": TicketFactory(booth=theirs),
            "abroad": abroad,
        }

    EXPECTED = [
        ("anonymous", set()),
        ("student", {"mine at ours", "mine at theirs"}),
        ("recruiter", {"mine at ours", "another's at ours"}),
        ("staff", {"mine at ours", "mine at theirs", "another's at ours", "another's at theirs"}),
        (
            "operator",
            {"mine at ours", "mine at theirs", "another's at ours", "another's at theirs", "abroad"},
        ),
    ]

    @pytest.mark.parametrize(("role", "expected"), EXPECTED)
    def test_tickets_by_role(self, hall, people, role, expected):
        seen = {ticket.pk for ticket in queries.tickets_visible_to(people[role])}
        assert {name for name, ticket in hall.items() if ticket.pk in seen} == expected

    @pytest.mark.parametrize(("role", "expected"), EXPECTED)
    def test_meetings_follow_their_tickets(self, hall, people, role, expected):
        names = {}
        for name, ticket in hall.items():
            names[MeetingFactory(ticket=ticket).pk] = name
        seen = {names[meeting.pk] for meeting in queries.meetings_visible_to(people[role])}
        assert seen == expected

    def test_a_person_without_a_membership_sees_no_ticket(self, hall):
        person = actor_of(MembershipFactory(ended=True).user)
        assert (person.role, list(queries.tickets_visible_to(person))) == (Role.ANONYMOUS, [])


class TestPlaces:
    def test_the_line_is_who_waits_or_is_away_by_number(self):
        booth = BoothFactory()
        for number, status in enumerate(TicketStatus.values, 1):
            TicketFactory(
                booth=booth,
                number=10 - number,
                status=status,
                called_at=clock.now(),
                answer_by=clock.now(),
            )
        TicketFactory(number=1)
        assert list(queries.line_of(booth).values_list("number", "status")) == [
            (8, "away"),
            (9, "waiting"),
        ]

    @pytest.mark.parametrize(
        ("status", "place"),
        [
            ("waiting", 3),
            ("away", 3),
            ("called", None),
            ("meeting", None),
            ("served", None),
            ("left", None),
            ("no_show", None),
        ],
    )
    def test_place_counts_those_before_in_the_same_line(self, status, place):
        booth = BoothFactory()
        TicketFactory(booth=booth, number=1)
        TicketFactory(booth=booth, number=2, status="away")
        TicketFactory(booth=booth, number=3, status="served")
        TicketFactory(booth=BoothFactory(fair=booth.fair), number=4)
        TicketFactory(booth=booth, number=9)
        mine = TicketFactory(
            booth=booth, number=5, status=status, called_at=clock.now(), answer_by=clock.now()
        )
        assert queries.place_of(mine) == place

    def test_my_live_tickets_put_calls_first_then_the_longest_wait(self):
        fair = FairFactory()
        me = student_at(fair)
        made = {}
        for minutes, status in ((5, "waiting"), (9, "away"), (1, "called"), (20, "served"), (30, "left")):
            made[status] = TicketFactory(
                booth=BoothFactory(fair=fair),
                student_id=me.student_id,
                status=status,
                joined_at=clock.now() - timedelta(minutes=minutes),
                called_at=clock.now(),
                answer_by=clock.now(),
            )
        TicketFactory(booth=BoothFactory(), student_id=me.student_id)
        assert queries.my_live_tickets(me, fair) == [made["called"], made["away"], made["waiting"]]

    def test_places_and_waits_are_given_to_those_who_wait(self):
        booth = BoothFactory(fair__meeting_minutes=10)
        first, second = TicketFactory(booth=booth, number=1), TicketFactory(booth=booth, number=2)
        called = TicketFactory(
            booth=booth, number=3, status="called", called_at=clock.now(), answer_by=clock.now()
        )
        rows = Ticket.objects.filter(booth=booth).select_related("booth__fair").order_by("number")
        found = queries.with_waits(list(queries.with_place(rows)))
        assert found == [first, second, called]
        assert [(ticket.place, ticket.wait is not None) for ticket in found] == [
            (1, True),
            (2, True),
            (None, False),
        ]
        assert found[0].wait.high < found[1].wait.high

    def test_no_tickets_cost_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert queries.with_waits([]) == []


class TestFigures:
    def test_each_status_counts_in_its_place(self):
        booth = BoothFactory()
        numbers = {
            "waiting": 4,
            "away": 2,
            "called": 1,
            "meeting": 3,
            "served": 5,
            "no_show": 1,
            "left": 7,
        }
        for status, count in numbers.items():
            TicketFactory.create_batch(
                count, booth=booth, status=status, called_at=clock.now(), answer_by=clock.now()
            )
        figures = queries.figures_of([booth])[booth.pk]
        assert (figures.waiting, figures.called, figures.meetings) == (6, 1, 3)
        assert (figures.served, figures.no_shows, figures.busy) == (5, 1, 4)

    def test_an_empty_booth_has_noughts_and_no_wait(self):
        booth = BoothFactory()
        figures = queries.figures_of([booth])[booth.pk]
        assert (figures.waiting, figures.busy, figures.served) == (0, 0, 0)
        assert (figures.wait.low, figures.wait.high) == (0, 1)

    def test_booths_do_not_mix(self):
        fair = FairFactory()
        one, two = BoothFactory(fair=fair), BoothFactory(fair=fair)
        TicketFactory.create_batch(2, booth=one)
        TicketFactory(booth=two, status="served")
        figures = queries.figures_of([one, two])
        assert {pk: (f.waiting, f.served) for pk, f in figures.items()} == {
            one.pk: (2, 0),
            two.pk: (0, 1),
        }

    @pytest.mark.parametrize("booths", [1, 3])
    def test_figures_cost_two_queries_whatever_the_number(self, booths, django_assert_num_queries):
        fair = FairFactory()
        rows = [BoothFactory(fair=fair) for _ in range(booths)]
        with django_assert_num_queries(2):
            queries.figures_of(rows)

    @pytest.mark.parametrize("booths", [1, 3])
    def test_without_the_wait_they_cost_one(self, booths, django_assert_num_queries):
        fair = FairFactory()
        rows = [BoothFactory(fair=fair) for _ in range(booths)]
        for number, booth in enumerate(rows):
            TicketFactory.create_batch(number, booth=booth, status="served")
        with django_assert_num_queries(1):
            found = queries.figures_without_wait(iter(rows))
        assert found == {row.pk: queries.BoothFigures(served=number) for number, row in enumerate(rows)}

    def test_a_record_tells_turns_who_gave_up_and_how_long_all_stood(self, frozen_now):
        booth, other = BoothFactory(fair__meeting_minutes=7), BoothFactory()
        by = UserFactory()

        def ago(minutes):
            return frozen_now - timedelta(minutes=minutes)

        served = {"status": "served", "joined_at": ago(60), "called_at": ago(50), "ended_at": ago(42)}
        TicketFactory(booth=booth, number=1, called_by=by, **served)
        TicketFactory(
            booth=booth, number=2, status="meeting", joined_at=ago(30), called_at=ago(10), answer_by=ago(8)
        )
        TicketFactory(booth=booth, number=3, status="left", joined_at=ago(20), ended_at=ago(15))
        TicketFactory(booth=booth, number=4, joined_at=ago(5))
        TicketFactory(booth=other, number=1, status="left", joined_at=ago(9), ended_at=ago(1))
        now = frozen_now.timestamp()
        assert queries.records_of([booth]) == {
            booth.pk: Record(
                turns=[Turn(by.pk, now - 3000, now - 2520), Turn(0, now - 600, None)],
                gone=1,
                stood=60.0 * (10 + 20 + 5 + 5),
                plan_minutes=7,
            )
        }


@pytest.mark.parametrize("at", ["1999-12-31T23:59:59.999600+00:00", "2026-11-27T08:30:00.123456+08:00"])
def test_seconds_of_a_moment_are_the_clocks_own_to_the_millisecond(at):
    moment = datetime.fromisoformat(at)
    TicketFactory(joined_at=moment)
    joined, called = Ticket.objects.values_list(
        queries.Seconds("joined_at"), queries.Seconds("called_at")
    ).get()
    assert (abs(joined - moment.timestamp()) <= 0.001, called) == (True, None)


class TestLists:
    def test_fairs_are_listed_live_then_coming_then_past(self):
        school = SchoolFactory()
        made = {status: FairFactory(school=school, status=status) for status in FairStatus.values}
        rows = list(queries.fairs_listed(staff_of(made["live"])))
        groups = [[row.status for row in rows if row.order == order] for order in (0, 1, 2)]
        assert [set(group) for group in groups] == [
            {"live", "paused"},
            {"draft", "sign_up", "ready"},
            {"closed", "archived"},
        ]
        assert [row.order for row in rows] == [0, 0, 1, 1, 1, 2, 2]

    def test_each_fair_counts_a_company_once_and_only_when_approved(self):
        fair = FairFactory()
        booth = BoothFactory(fair=fair)
        division = booth.company.divisions.create(name="研发部")
        BoothFactory(fair=fair, company=booth.company, division=division)
        BoothFactory(fair=fair)
        BoothFactory(fair=fair, requested=True)
        assert [row.companies for row in queries.fairs_listed(ANONYMOUS)] == [2]

    @pytest.mark.parametrize(
        ("text", "found"),
        [("", {"A", "B"}), ("  ", {"A", "B"}), ("晨星", {"A"}), ("焊工", {"B"}), ("不存在", set())],
    )
    def test_the_hall_is_searched_by_company_and_position(self, text, found):
        fair = FairFactory()
        for label, name, title in (("A", "晨星电子", "测试员"), ("B", "远山机械", "焊工")):
            booth = BoothFactory(fair=fair, label=label, company__name=name)
            booth.brought.create(position=_position(booth, title))
        rows = queries.hall_booths(ANONYMOUS, fair, text=text)
        assert {booth.label for booth in rows} == found

    def test_the_hall_lists_open_positions_only(self):
        booth = BoothFactory()
        opened, draft = _position(booth, "钳工"), _position(booth, "车工", published=False)
        for position in (opened, draft):
            booth.brought.create(position=position)
        (row,) = queries.hall_booths(ANONYMOUS, booth.fair)
        assert list(row.positions.all()) == [opened]

    def test_booth_tabs_count_every_status(self):
        fair = FairFactory()
        BoothFactory.create_batch(2, fair=fair)
        BoothFactory(fair=fair, requested=True)
        BoothFactory()
        tabs = queries.booth_tabs(fair, "requested")
        assert [(address, active, count) for _label, address, active, count in tabs] == [
            ("?", False, 3),
            ("?status=requested", True, 1),
            ("?status=approved", False, 2),
            ("?status=refused", False, 0),
        ]

    def test_unanswered_are_ended_talks_without_an_outcome_first_due_first(self):
        later = _ended(due=clock.now() + timedelta(days=2))
        sooner = _ended(due=clock.now() + timedelta(days=1))
        _ended(outcome="offer", due=None)
        MeetingFactory()
        assert list(queries.unanswered()) == [sooner, later]

    def test_live_fairs_are_those_whose_hall_is_open(self):
        made = {status: FairFactory(status=status) for status in FairStatus.values}
        assert list(queries.live_fairs()) == [made["live"]]

    def test_everybody_in_a_line_is_listed_for_the_console(self):
        booth = BoothFactory()
        for number, status in enumerate(TicketStatus.values, 1):
            TicketFactory(
                booth=booth, number=number, status=status, called_at=clock.now(), answer_by=clock.now()
            )
        statuses = [ticket.status for ticket in queries.live_tickets(booth)]
        assert statuses == ["waiting", "away", "called", "meeting"]

    @pytest.mark.parametrize(
        ("status", "met"),
        [
            ("waiting", True),
            ("away", True),
            ("called", True),
            ("meeting", True),
            ("served", True),
            ("left", False),
            ("no_show", False),
        ],
    )
    def test_a_line_opens_the_student_to_the_company_while_it_lasts(self, status, met):
        ticket = TicketFactory(status=status, called_at=clock.now(), answer_by=clock.now())
        company = ticket.booth.company_id
        other = recruiter_at(BoothFactory(fair=ticket.booth.fair)).company_id
        found = Student.objects.filter(queries.students_met_by(company), pk=ticket.student_id)
        assert found.exists() is met
        assert not Student.objects.filter(queries.students_met_by(other), pk=ticket.student_id).exists()


def _position(booth, title, *, published=True):
    return PositionFactory(company=booth.company, title=title, published=published)


def _ended(*, due, outcome="pending"):
    return MeetingFactory(
        ticket__status="served", status="ended", ended_at=clock.now(), outcome=outcome, due_at=due
    )
