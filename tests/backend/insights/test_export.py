"""The spreadsheet: its cells say what the page says, in the reader's language, and none can run."""

import csv
from io import StringIO

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.common import clock
from backend.insights.enums import Dimension
from backend.insights.interfaces.export import csv_file
from backend.insights.queries import Observation
from backend.insights.ratio import ANY, Item, ratio_table
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FORMULA = "=+-@\t\r"
QUIET = settings(max_examples=80, deadline=None)


def observed(demand=(), supply=(), labels=None) -> Observation:
    table = ratio_table(demand, supply)
    return Observation(Dimension.MAJOR, clock.now(), table, tuple(demand), tuple(supply), labels or {}, ())


def rows_of(text: str) -> list[list[str]]:
    assert text[0] == "\ufeff"  # by which spreadsheets know UTF-8
    return list(csv.reader(StringIO(text[1:], newline="")))


def test_a_row_for_each_group_and_the_whole_last(frozen_now):
    demand = [Item(1, 7, ("a",)), Item(2, 3, ())]
    supply = [Item(1, 1, ("a",)), Item(2, 1, ("a",)), Item(3, 1, ("b",))]
    with override("en"):
        rows = rows_of(csv_file(observed(demand, supply, {ANY: "Nothing named"})))
    moment = clock.now().isoformat(timespec="seconds")
    assert rows == [
        ["Group", "Openings", "Seekers", "Ratio", "Number of positions", "Moment"],
        ["a", "7", "2", "3.5000", "1", moment],
        ["b", "0", "1", "0.0000", "0", moment],
        ["Nothing named", "3", "0", "", "1", moment],
        ["All", "10", "3", "3.3333", "2", moment],
    ]


def test_the_head_is_in_the_readers_language(frozen_now):
    with override("zh-hans"):
        head, whole = rows_of(csv_file(observed()))
    assert head == ["分组", "招聘人数", "求职人数", "倍率", "岗位数", "时刻"]
    assert whole[1:5] == ["0", "0", "", "0"]


@pytest.mark.parametrize("sign", FORMULA)
@pytest.mark.parametrize("rest", ["1+1", 'HYPERLINK("http://x")', "cmd|' /C calc'!A0", ""])
def test_a_cell_that_would_run_is_marked_as_text(frozen_now, sign, rest):
    rows = rows_of(csv_file(observed([Item(1, 1, ("k",))], labels={"k": sign + rest})))
    assert rows[1][0] == f"'{sign}{rest}"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1),
        unique=True,
        max_size=5,
    )
)
@QUIET
def test_whatever_majors_are_called_the_file_has_their_rows_and_no_formula(names):
    demand = [Item(number, 1, (name,)) for number, name in enumerate(names)]
    rows = rows_of(csv_file(observed(demand)))
    assert len(rows) == len(names) + 2
    cells = [row[0] for row in rows[1:-1]]
    assert [cell for cell in cells if cell[0] in FORMULA] == []
    assert [cell.removeprefix("'") if cell[1:2] and cell[1] in FORMULA else cell for cell in cells] == sorted(
        names
    )


@pytest.mark.django_db
@pytest.mark.parametrize("dimension", Dimension)
def test_the_file_comes_under_the_name_of_its_breakdown(client, frozen_now, dimension):
    school = SchoolFactory()
    StudentFactory(school=school)
    PositionFactory(published=True, company=CompanyFactory(verified=True, school=school), openings=6)
    client.force_login(MembershipFactory(school=school).user, BACKEND)
    answer = client.get("/insights/ratio.csv", {"by": dimension.value})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="ratio-{dimension.value}.csv"'
    *groups, whole = rows_of(answer.content.decode())[1:]
    assert whole[1:5] == ["6", "1", "6.0000", "1"]
    table = client.get("/insights/ratio/", {"by": dimension.value}).context["observation"].table
    assert [[int(row[1]), int(row[2])] for row in groups] == [[g.openings, g.seekers] for g in table.groups]


@pytest.mark.django_db
def test_a_breakdown_that_is_not_known_is_the_usual_one(client, frozen_now):
    client.force_login(MembershipFactory().user, BACKEND)
    answer = client.get("/insights/ratio.csv", {"by": '"; filename="x.exe'})
    assert answer["Content-Disposition"] == 'attachment; filename="ratio-occupation.csv"'
