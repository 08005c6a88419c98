"""A fair in figures: each counted once, each the same as the rows it opens into, and none of another fair's."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from backend.accounts.models import User
from backend.common import clock
from backend.companies.models import CompanyDivision
from fairs import reports
from fairs.enums import MeetingStatus, Outcome, TicketStatus
from fairs.models import BoothPosition, FairRegistration, Ticket
from fairs.queries import BoothFigures
from tests.factories.companies import CompanyFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    GroupSessionFactory,
    MeetingFactory,
    TicketFactory,
    staff_of,
    student_at,
)
from tests.factories.positions import PositionFactory
from tests.fairs.support import called_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
NOTHING = {
    "registered": 0,
    "visitors": 0,
    "openings": 0,
    "tickets": 0,
    "talks": 0,
    "in_groups": 0,
    "no_shows": 0,
    "left": 0,
    "interviews": 0,
    "offers": 0,
    "unanswered": 0,
    "without_talk": 0,
}


@pytest.fixture
def booth():
    return BoothFactory()


def _figures(booth, **changed):
    found = reports.figures(booth.fair)
    assert found.values == NOTHING | changed
    return found


def _talk(booth, **fields):
    ticket = TicketFactory(booth=booth, status="served")
    return MeetingFactory(ticket=ticket, **fields)


def test_an_empty_fair_has_noughts_and_no_means(booth):
    found = _figures(booth)
    assert (found.companies, found.ratio, found.talk_minutes, found.wait_minutes) == (1, None, None, None)


def test_figures_stand_in_the_order_of_the_page(booth):
    found = reports.figures(booth.fair)
    assert [(name, value) for name, _title, value in found.lines] == list(NOTHING.items())
    assert set(reports.TITLES) == set(reports.KINDS) == set(reports.ROWS) == set(NOTHING)


@pytest.mark.parametrize("status", TicketStatus.values)
def test_tickets_of_every_status(booth, status):
    TicketFactory(booth=booth, status=status, **called_fields())
    TicketFactory(status=status, **called_fields())
    counted = {"no_show": {"no_shows": 1}, "left": {"left": 1}}.get(status, {})
    _figures(booth, tickets=1, **counted)


@pytest.mark.parametrize("outcome", Outcome.values)
@pytest.mark.parametrize("status", MeetingStatus.values)
def test_talks_of_every_status_and_outcome(booth, status, outcome):
    _talk(booth, status=status, outcome=outcome, due_at=clock.now())
    counted = {}
    if outcome in {"interview", "offer"}:
        counted = {"interviews": 1, "offers": int(outcome == "offer")}
    elif (status, outcome) == ("ended", "pending"):
        counted = {"unanswered": 1}
    _figures(booth, tickets=1, talks=1, **counted)


def test_talks_in_a_group_session_open_into_their_rows(booth):
    alone, session = _talk(booth), GroupSessionFactory(booth=booth)
    inside = MeetingFactory(ticket=TicketFactory(booth=booth, status="served", group=session))
    TicketFactory(booth=booth, status="no_show", group=session)
    _figures(booth, tickets=3, talks=2, in_groups=1, no_shows=1)
    assert list(reports.rows(booth.fair, "in_groups")) == [inside]
    assert alone in reports.rows(booth.fair, "talks")


@pytest.mark.parametrize("came", [0, 1, 2, 3])
def test_people_and_the_ratio(booth, came):
    for n in range(3):
        student_at(booth.fair)
        if n < came:
            newest = FairRegistration.objects.latest("pk")
            FairRegistration.objects.filter(pk=newest.pk).update(entered_at=clock.now())
    student_at(FairFactory())
    BoothPosition.objects.create(
        booth=booth, position=PositionFactory(company=booth.company, published=True, openings=7)
    )
    found = _figures(booth, registered=3, visitors=came, openings=7, without_talk=came)
    assert found.ratio == {0: None, 1: 7.0, 2: 3.5, 3: 2.33}[came]


class TestOpenings:
    def test_a_position_at_two_booths_counts_once(self, booth):
        position = PositionFactory(company=booth.company, published=True, openings=5)
        for place in (booth, BoothFactory(fair=booth.fair)):
            BoothPosition.objects.create(booth=place, position=position)
        assert _figures(booth, openings=5).companies == 2

    @pytest.mark.parametrize("status", ["requested", "refused"])
    def test_only_approved_booths_count(self, booth, status):
        other = BoothFactory(fair=booth.fair, status=status, label="")
        BoothPosition.objects.create(booth=other, position=PositionFactory(openings=5))
        assert _figures(booth).companies == 1

    def test_a_company_with_two_booths_counts_once(self, booth):
        division = CompanyDivision.objects.create(company=booth.company, name="二厂")
        BoothFactory(fair=booth.fair, company=booth.company, division=division)
        assert _figures(booth).companies == 1
        assert reports.counts(booth.fair)["companies"] == 1


class TestMeans:
    def test_lengths_are_those_of_ended_talks(self, booth):
        start = clock.now()
        for minutes in (4, 9):
            _talk(
                booth,
                started_at=start,
                ended_at=start + timedelta(minutes=minutes),
                status="ended",
                due_at=start,
            )
        _talk(booth, started_at=start)
        assert reports.figures(booth.fair).talk_minutes == 6.5

    def test_waits_are_those_of_who_was_called_and_came(self, booth):
        start = clock.now()
        for minutes in (3, 12):
            talk = _talk(booth)
            talk.ticket.joined_at = start
            talk.ticket.called_at = start + timedelta(minutes=minutes)
            talk.ticket.save()
        fields = called_fields() | {"called_at": start + timedelta(hours=5)}
        TicketFactory(booth=booth, status="no_show", joined_at=start, **fields)
        assert reports.figures(booth.fair).wait_minutes == 7.5

    @pytest.mark.parametrize(
        ("minutes", "median", "most"),
        [([4], 4, 4), ([8, 2], 2, 8), (range(1, 11), 5, 9), (range(1, 12), 6, 10)],
    )
    def test_median_and_nine_in_ten_by_nearest_rank_for_the_fair_and_each_booth(
        self, booth, minutes, median, most
    ):
        start, quiet = clock.now(), BoothFactory(fair=booth.fair, label="Z")
        for length in minutes:
            fields = called_fields() | {"called_at": start + timedelta(minutes=length), "joined_at": start}
            MeetingFactory(ticket=TicketFactory(booth=booth, status="served", **fields))
        found = reports.figures(booth.fair)
        assert (found.waits.median, found.waits.most) == (median, most)
        waits = {row.booth: row.waits for row in found.rows}
        assert waits == {booth.pk: found.waits, quiet.pk: reports.Waits()}

    def test_another_fairs_talks_do_not_count(self, booth):
        start = clock.now()
        _talk(
            BoothFactory(),
            started_at=start,
            ended_at=start + timedelta(hours=1),
            status="ended",
            due_at=start,
        )
        assert reports.figures(booth.fair).talk_minutes is None


@pytest.mark.parametrize("figure", reports.ROWS)
def test_every_figure_opens_into_its_rows_and_no_others(booth, figure):
    """One row of everything here, one of everything at another fair."""
    for place in (booth, BoothFactory()):
        student_at(place.fair)
        FairRegistration.objects.filter(fair=place.fair).update(entered_at=clock.now())
        BoothPosition.objects.create(
            booth=place, position=PositionFactory(company=place.company, published=True, openings=1)
        )
        TicketFactory(booth=place, status="no_show")
        TicketFactory(booth=place, status="left")
        _talk(place, outcome="offer")
        talk = _talk(place, status="ended", due_at=clock.now())
        session = GroupSessionFactory(booth=place)
        Ticket.objects.filter(pk=talk.ticket_id).update(group=session)
    values = reports.figures(booth.fair).values
    found = list(reports.rows(booth.fair, figure))
    assert len(found) == values[figure] > 0
    for row in found:
        place = {
            "student": lambda r: r.fair_id,
            "position": lambda r: r.booths.get().fair_id,
            "ticket": lambda r: r.booth.fair_id,
            "meeting": lambda r: r.ticket.booth.fair_id,
        }[reports.KINDS[figure]](row)
        assert place == booth.fair_id


class TestPublicCounts:
    def test_what_everybody_may_know(self, booth):
        student_at(booth.fair)
        BoothPosition.objects.create(
            booth=booth, position=PositionFactory(company=booth.company, published=True, openings=3)
        )
        assert reports.counts(booth.fair) == {"companies": 1, "openings": 3, "registered": 1, "came": 0}

    @pytest.mark.parametrize("trait", ["suspended", "expired", "rejected"])
    def test_a_company_that_may_not_be_reached_counts_nowhere(self, trait):
        fair = FairFactory()
        hidden = BoothFactory(fair=fair, company=CompanyFactory(school=fair.school, **{trait: True}))
        BoothPosition.objects.create(
            booth=hidden, position=PositionFactory(company=hidden.company, published=True, openings=3)
        )
        assert reports.counts(fair) == {"companies": 0, "openings": 0, "registered": 0, "came": 0}


def test_totals_of_a_hall_add_up():
    halls = [BoothFigures(1, 2, 3, 4, 5), BoothFigures(10, 20, 30, 40, 50), BoothFigures()]
    assert reports.totals(halls) == {
        "waiting": 11,
        "called": 22,
        "meetings": 33,
        "served": 44,
        "no_shows": 55,
    }
    assert reports.totals([]) == dict.fromkeys(("waiting", "called", "meetings", "served", "no_shows"), 0)


def test_who_came_and_talked_with_nobody_and_talks_per_student(booth):
    people = [student_at(booth.fair) for _ in range(3)]
    FairRegistration.objects.filter(student_id__in=[who.student_id for who in people[:2]]).update(
        entered_at=clock.now()
    )
    MeetingFactory(ticket=TicketFactory(booth=booth, status="served", student_id=people[0].student_id))
    found = _figures(booth, registered=3, visitors=2, tickets=1, talks=1, without_talk=1)
    assert found.talks_per_student == 0.5
    assert [row.student_id for row in reports.rows(booth.fair, "without_talk")] == [people[1].student_id]


def test_booths_are_told_one_by_one_and_add_up_to_the_fair(booth):
    other = BoothFactory(fair=booth.fair, label="A")
    _talk(booth, outcome="offer")
    for place in (booth, other):
        TicketFactory(booth=place, status="no_show", **called_fields())
    found = reports.figures(booth.fair)
    told = {row.booth: {name: n for name, n in row.values.items() if n} for row in found.rows}
    assert told == {
        other.pk: {"tickets": 1, "no_shows": 1},
        booth.pk: {"tickets": 2, "talks": 1, "no_shows": 1, "interviews": 1, "offers": 1},
    }
    sums = {name: sum(row.values[name] for row in found.rows) for name in reports.OF_A_BOOTH}
    assert sums == {name: found.values[name] for name in reports.OF_A_BOOTH}


@pytest.mark.parametrize(
    ("language", "title", "more"), [("zh-hans", "双选会报告", 0), ("en", "Report of the fair", 25)]
)
def test_the_paper_is_in_the_readers_language_with_numbered_pages(booth, language, title, more, client):
    for number in range(more):
        division = CompanyDivision.objects.create(company=booth.company, name=f"分部{number}")
        BoothFactory(fair=booth.fair, company=booth.company, division=division)
    client.force_login(User.objects.get(pk=staff_of(booth.fair).user_id))
    client.cookies["django_language"] = language
    answer = client.get(reverse("fairs:report_pdf", args=[booth.fair_id]))
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "private, no-store")
    pages = PdfReader(BytesIO(answer.content)).pages
    assert (len(pages) > 1) == (more > 0)
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    text = "".join("".join(page.extract_text().split()) for page in pages)
    wanted = [
        title,
        booth.fair.name,
        booth.company.name,
        *(f"{n}/{len(pages)}" for n in range(1, len(pages) + 1)),
    ]
    assert [word for word in wanted if word.replace(" ", "") not in text] == []
