"""Whose demand and supply it is: alliances, departments, operators, and nobody else."""

import csv
from io import StringIO
from types import SimpleNamespace

import pytest
from django.test import Client

from backend.accounts.actor import SYSTEM, actor_of
from backend.common.errors import NotAllowed
from backend.insights.enums import Dimension, Side
from backend.insights.queries import observe, rows_behind
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PATHS = (
    "/insights/ratio/",
    "/insights/ratio/rows/?side=openings",
    "/insights/ratio/rows/?side=seekers",
    "/insights/ratio.csv",
    "/api/v1/insights/ratio/",
)


@pytest.fixture
def country():
    """Two schools of one alliance and one outside; openings 1, 10, 100 and students 2, 3, 4."""
    alliance = AllianceFactory()
    mine, partner, stranger = (
        SchoolFactory(alliance=alliance),
        SchoolFactory(alliance=alliance),
        SchoolFactory(),
    )
    department = DepartmentFactory(school=mine)
    major = MajorFactory(school=mine, department=department, name="护理")
    companies = {}
    for school, openings, people in ((mine, 1, 2), (partner, 10, 3), (stranger, 100, 4)):
        companies[school] = CompanyFactory(verified=True, school=school)
        PositionFactory(published=True, company=companies[school], openings=openings)
        StudentFactory.create_batch(people, school=school)
    StudentFactory(school=mine, major=major, name="系里的学生")
    return SimpleNamespace(
        mine=mine, partner=partner, stranger=stranger, department=department, companies=companies
    )


def people(country) -> dict:
    """Who looks, by the name of the part they play."""
    return {
        "staff": MembershipFactory(school=country.mine).user,
        "partner staff": MembershipFactory(school=country.partner).user,
        "stranger staff": MembershipFactory(school=country.stranger).user,
        "department staff": MembershipFactory(school=country.mine, department=country.department).user,
        "operator": MembershipFactory(operator=True).user,
        "student": MembershipFactory(
            of_student=True, student__school=country.mine, student__seeking=False
        ).user,
        "owner": RecruiterFactory(company=country.companies[country.mine], owner=True).user,
        "recruiter": RecruiterFactory(company=country.companies[country.mine]).user,
        "former staff": MembershipFactory(school=country.mine, ended=True).user,
    }


COUNTED = {
    "staff": (11, 3),
    "partner staff": (11, 3),
    "stranger staff": (100, 4),
    "department staff": (11, 1),
    "operator": (111, 10),
}
REFUSED = ("student", "owner", "recruiter", "former staff")


@pytest.mark.parametrize("who", COUNTED)
def test_each_counts_the_positions_of_the_circle_and_the_own_students(country, who):
    actor = actor_of(people(country)[who])
    for dimension in Dimension:
        observation = observe(actor, dimension)
        total = observation.table.total
        assert (total.openings, total.seekers) == COUNTED[who]
        rows = rows_behind(actor, observation, Side.OPENINGS, "*")
        assert sum(rows.values_list("openings", flat=True)) == COUNTED[who][0]
        assert rows_behind(actor, observation, Side.SEEKERS, "*").count() == COUNTED[who][1]


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_looks(country, who):
    actor = actor_of(people(country)[who])
    seen = observe(actor_of(people(country)["operator"]), Dimension.KIND)
    for dimension in Dimension:
        with pytest.raises(NotAllowed):
            observe(actor, dimension)
    for side in Side:
        with pytest.raises(NotAllowed):
            rows_behind(actor, seen, side, "*")


def test_the_system_has_no_eyes_either(country):
    with pytest.raises(NotAllowed):
        observe(SYSTEM, Dimension.KIND)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["visitor", *COUNTED, *REFUSED])
def test_every_address_keeps_to_it(country, path, who):
    browser = Client()
    if who != "visitor":
        browser.force_login(people(country)[who], BACKEND)
    answer = browser.get(path)
    if who in COUNTED:
        assert answer.status_code == 200
    elif who == "visitor":
        assert answer.status_code == (401 if path.startswith("/api/") else 302)
    else:
        assert answer.status_code == 403
    if answer.status_code != 200:
        assert "系里的学生" not in answer.content.decode()


@pytest.mark.parametrize("who", COUNTED)
def test_page_json_export_and_rows_say_the_same_figures(country, who):
    browser = Client()
    browser.force_login(people(country)[who], BACKEND)
    page = browser.get("/insights/ratio/", {"by": "kind"}).context["observation"].table.total
    told = browser.get("/api/v1/insights/ratio/", {"by": "kind"}).json()["total"]
    text = browser.get("/insights/ratio.csv", {"by": "kind"}).content.decode("utf-8-sig")
    *_, whole = csv.reader(StringIO(text))
    opened = {
        side: browser.get("/insights/ratio/rows/", {"by": "kind", "side": side}).context["page"].paginator
        for side in ("openings", "seekers")
    }
    assert (page.openings, page.seekers) == COUNTED[who]
    assert (told["openings"], told["seekers"]) == COUNTED[who]
    assert (int(whole[1]), int(whole[2])) == COUNTED[who]
    assert sum(row.openings for row in opened["openings"].object_list) == COUNTED[who][0]
    assert opened["seekers"].count == COUNTED[who][1]


def test_rows_of_students_name_none_of_another_school(country):
    browser = Client()
    browser.force_login(people(country)["partner staff"], BACKEND)
    text = browser.get("/insights/ratio/rows/?side=seekers").content.decode()
    names = set(country.mine.students.values_list("name", flat=True))
    names |= set(country.stranger.students.values_list("name", flat=True))
    own = set(country.partner.students.values_list("name", flat=True))
    assert {name for name in names - own if f">{name}<" in text} == set()
    assert {name for name in own if f">{name}<" in text} == own


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/api/")])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_here_is_written(country, path, method):
    browser = Client()
    browser.force_login(people(country)["staff"], BACKEND)
    assert getattr(browser, method)(path).status_code == 405
