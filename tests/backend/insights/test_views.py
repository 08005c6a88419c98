"""The observatory's pages, JSON and export."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest
from django.utils.translation import override

from backend.common import clock
from backend.insights.enums import Dimension
from backend.insights.interfaces.export import csv_file
from backend.insights.queries import Observation
from backend.insights.ratio import Ratio, Table
from backend.positions.models import Position
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def school():
    school = SchoolFactory()
    StudentFactory.create_batch(2, school=school)
    PositionFactory(published=True, company__school=school, openings=7)
    return school


@pytest.fixture
def as_staff(client, school):
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    return client


@pytest.mark.parametrize("by", [*Dimension.values, "nonsense", ""])
def test_the_page_shows_numerator_denominator_and_moment(as_staff, by):
    response = as_staff.get("/insights/ratio/", {"by": by})
    total = response.context["observation"].table.total
    assert (response.status_code, total.openings, total.seekers) == (200, 7, 2)
    assert "2026-03-02 09:00:00" in response.content.decode()


def test_htmx_gets_the_figures_alone(as_staff):
    body = as_staff.get("/insights/ratio/", headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in body, "3.50" in body) == (False, True)


@pytest.mark.parametrize("dimension", Dimension)
@pytest.mark.parametrize("side", ["openings", "seekers"])
def test_every_figure_opens_into_its_rows(as_staff, dimension, side):
    table = as_staff.get("/insights/ratio/", {"by": dimension.value}).context["observation"].table
    for group in [*table.groups, table.total]:
        page = as_staff.get("/insights/ratio/rows/", {"by": dimension.value, "side": side, "key": group.key})
        counted = group.positions if side == "openings" else group.seekers
        assert (page.status_code, page.context["page"].paginator.count) == (200, counted)


def test_an_unknown_side_does_not_exist(as_staff):
    assert as_staff.get("/insights/ratio/rows/", {"side": "money"}).status_code == 404


def test_students_do_not_look(client, school):
    client.force_login(MembershipFactory(of_student=True, student__school=school).user, BACKEND)
    for path in ("/insights/ratio/", "/insights/ratio/rows/?side=seekers", "/insights/ratio.csv"):
        assert client.get(path).status_code == 403
    assert client.get("/api/v1/insights/ratio/").status_code == 403


def test_the_export_has_a_row_per_group_and_the_whole(as_staff):
    text = as_staff.get("/insights/ratio.csv", {"by": "kind"}).content.decode()
    rows = list(csv.reader(StringIO(text.lstrip("\ufeff"))))
    assert [row[1:4] for row in rows[1:]] == [["7", "2", "3.5000"], ["7", "2", "3.5000"]]


def test_no_cell_of_the_export_starts_a_formula():
    bad = Ratio("x", 1, 1, 1)
    observation = Observation(
        Dimension.MAJOR, clock.now(), Table(bad, (bad,)), (), (), {"x": "=HYPERLINK(1)"}, ()
    )
    assert "'=HYPERLINK(1)" in csv_file(observation)


def test_json_says_the_same_as_the_page(as_staff):
    body = as_staff.get("/api/v1/insights/ratio/", {"by": "kind"}).json()
    assert (body["by"], body["total"]["openings"], body["total"]["seekers"], body["total"]["ratio"]) == (
        "kind",
        7,
        2,
        3.5,
    )
    assert [(g["key"], g["openings"], g["small"]) for g in body["groups"]] == [("full_time", 7, True)]
    assert len(body["excluded"]) == 5


def test_json_refuses_an_unknown_dimension(as_staff):
    response = as_staff.get("/api/v1/insights/ratio/", {"by": "weather"})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["by"])


def test_the_staffs_home_shows_queues_and_the_ratio(as_staff):
    response = as_staff.get("/")
    assert (response.status_code, len(response.context["queues"])) == (200, 4)
    assert response.context["observation"].table.total.value == 3.5


PAGES = {
    # session, person, membership with its circle, openings, seekers, two of what is left out, unread
    "/insights/ratio/": 8,
    # the same, and the queues
    "/": 9,
    # and the rows of one page with their number
    "/insights/ratio/rows/?side=openings": 10,
    "/insights/ratio/rows/?side=seekers": 10,
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("copies", [1, 3])
def test_a_page_costs_the_same_whatever_the_rows(client, copies, path, django_assert_num_queries):
    alliance = AllianceFactory()
    school, partner = SchoolFactory(alliance=alliance), SchoolFactory(alliance=alliance)
    for place in (school, partner):
        for student in StudentFactory.create_batch(copies, school=place):
            ApplicationFactory(student=student)
        PositionFactory.create_batch(copies, published=True, company__school=place)
        PositionFactory.create_batch(copies, in_review=True, company__school=place)
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    client.get(path)
    with django_assert_num_queries(PAGES[path]):
        assert client.get(path).status_code == 200


def test_the_queues_are_counted_each_for_itself(client):
    school = SchoolFactory()
    CompanyFactory.create_batch(2, school=school, submitted=True)
    PositionFactory.create_batch(3, in_review=True, company__school=school)
    StudentFactory(school=school, pending=True)
    ApplicationFactory.create_batch(4, student__school=school, due_at=clock.now() - timedelta(minutes=1))
    ApplicationFactory(student__school=school)
    CompanyFactory(submitted=True)
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    queues = client.get("/").context["queues"]
    assert [(number, address, tone) for _, number, address, tone in queues] == [
        (2, "/staff/companies/", "warning"),
        (3, "/staff/positions/", "warning"),
        (1, "/students/queue/", "warning"),
        (4, "/applications/overdue/", "warning"),
    ]


def test_a_group_that_is_gone_shows_nought_and_no_rows(as_staff):
    """The figures of the page before may be half an hour old; the whole's figures would stand over no rows."""
    for side in ("openings", "seekers"):
        answer = as_staff.get("/insights/ratio/rows/", {"by": "kind", "side": side, "key": "gone"})
        group = answer.context["group"]
        assert (answer.status_code, answer.context["page"].paginator.count) == (200, 0)
        assert (group.key, group.openings, group.seekers, group.positions) == ("gone", 0, 0, 0)


def test_what_an_address_states_is_escaped_on_the_page(as_staff):
    text = as_staff.get("/insights/ratio/rows/?side=seekers&key=<script>x</script>").content.decode()
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_links_of_the_table_lead_to_the_rows_of_their_group(as_staff):
    """Each link is followed: the count of its rows is the number it stands on."""
    PositionFactory(published=True, company=CompanyFactory(verified=True), majors=["会计 & 审计"])
    school = Position.objects.first().company.school
    PositionFactory(published=True, company__school=school, openings=2, majors=["会计 & 审计", "C#/Java?"])
    text = as_staff.get("/insights/ratio/", {"by": "major"}).content.decode()
    links = re.findall(r'href="(/insights/ratio/rows/\?[^"]*side=(\w+)[^"]*)">([\d,]+)<', text)
    assert len(links) >= 6
    for href, side, number in links:
        page = as_staff.get(unescape(href)).context["page"]
        rows = page.paginator.object_list
        counted = sum(row.openings for row in rows) if side == "openings" else page.paginator.count
        assert counted == int(number.replace(",", "")), href


def test_large_figures_are_written_in_threes(as_staff):
    school = Position.objects.first().company.school
    PositionFactory(published=True, company__school=school, openings=5893)
    text = as_staff.get("/insights/ratio/").content.decode()
    assert '<span class="stat-value">5,900</span>' in text


@pytest.mark.parametrize(
    ("openings", "seekers", "value", "tone"),
    [
        (0, 0, "–", "neutral"),
        (5, 0, "–", "neutral"),
        (1, 2, "0.50", "danger"),
        (2, 2, "1.00", "success"),
        (6, 4, "1.50", "success"),
    ],
)
def test_the_ratio_warns_below_one_and_says_nothing_where_nobody_looks(
    client, openings, seekers, value, tone
):
    school = SchoolFactory()
    StudentFactory.create_batch(seekers, school=school)
    if openings:
        PositionFactory(published=True, company__school=school, openings=openings)
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    text = client.get("/insights/ratio/").content.decode()
    assert re.findall(r'class="stat stat-(\w+)">.*?class="stat-value">([^<]*)<', text)[-1] == (tone, value)


@pytest.mark.parametrize(
    ("openings", "words"), [(9, ["数量较少"]), (2, ["低于 1", "数量较少"]), (30, ["数量较少"])]
)
def test_a_group_is_marked_where_it_is_small_or_below_one(client, openings, words):
    school = SchoolFactory()
    StudentFactory.create_batch(4, school=school)
    PositionFactory(published=True, company__school=school, openings=openings)
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    text = client.get("/insights/ratio/", {"by": "kind"}).content.decode()
    row = re.search(r"<tbody>(.*?)</tbody>", text, re.DOTALL)[1]
    assert [
        re.sub(r"<[^>]*>", "", badge).strip() for badge in re.findall(r'class="badge [^>]*>(.*?)</span>', row)
    ] == words


def test_rows_come_in_pages_and_keep_the_question(as_staff):
    school = Position.objects.first().company.school
    StudentFactory.create_batch(30, school=school)
    first = as_staff.get("/insights/ratio/rows/", {"by": "kind", "side": "seekers", "key": "full_time"})
    text = first.content.decode()
    assert (len(first.context["page"]), first.context["page"].paginator.count) == (25, 32)
    (href,) = re.findall(r'rel="next" href="([^"]*)"', text)
    second = as_staff.get("/insights/ratio/rows/" + unescape(href))
    assert len(second.context["page"]) == 7
    assert {row.pk for row in first.context["page"]} & {row.pk for row in second.context["page"]} == set()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_names_its_breakdown_and_marks_it(as_staff, language):
    as_staff.cookies["django_language"] = language
    for dimension in Dimension:
        text = as_staff.get("/insights/ratio/", {"by": dimension.value}).content.decode()
        with override(language):
            label = str(dimension.label)
        active = re.findall(
            r'<a class="chip chip-active" href="([^"]*)" aria-current="true"><span>([^<]*)<', text
        )
        assert active == [(f"/insights/ratio/?by={dimension.value}", label)]
        assert f'<caption class="visually-hidden">{label}</caption>' in text


@pytest.mark.parametrize("waiting", [0, 1])
def test_a_queue_calls_for_attention_only_where_something_waits(client, waiting):
    school = SchoolFactory()
    CompanyFactory.create_batch(waiting, school=school, submitted=True)
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    tones = [tone for _label, _number, _address, tone in client.get("/").context["queues"]]
    assert tones == ["warning" if waiting else "neutral", "neutral", "neutral", "neutral"]
