"""Groups by which a ranker is judged: those held, those a school brings for once, and both on the card of a model."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from rest_framework.test import APIClient

from backend.common import clock
from backend.common.errors import Invalid
from backend.recommendations.domain import train_ranker
from backend.recommendations.domain.audits import fairness
from backend.recommendations.market import market_of
from backend.recommendations.models import Impression, Interaction, TrainingRun
from backend.recommendations.queries.groups import (
    LONGEST,
    MOST_ATTRIBUTES,
    Brought,
    brought_groups,
    held_groups,
)
from backend.recommendations.queries.seen_groups import SeenGroups
from backend.recommendations.serving import forget, standing
from matching import api as matching
from matching import artifacts
from tests.backend.recommendations.reading import reader, text
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import staff_actor
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory
from tests.matching.models import flat
from tests.matching.test_artifacts import CARD, MODEL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def table(folder, *rows, name="groups.csv"):
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def problem(path) -> str:
    with pytest.raises(Invalid) as error:
        brought_groups(path)
    ((field, (line,)),) = error.value.fields.items()
    assert field == "file"
    return str(line)


@pytest.fixture
def english(settings):
    settings.LANGUAGE_CODE = "en"


def test_groups_held_are_education_year_and_department(student):
    other = StudentFactory(
        school=student.school,
        education="bachelor",
        graduation_year=2031,
        major=MajorFactory(
            school=student.school, department=DepartmentFactory(school=student.school, name="护理系")
        ),
    )
    found = held_groups()
    assert sorted(found) == ["department", "education", "graduation_year"]
    assert {name: by[other.pk] for name, by in found.items()} == {
        "education": "bachelor",
        "graduation_year": "2031",
        "department": "护理系",
    }
    assert [sorted(by) for by in found.values()] == [[student.pk, other.pk]] * 3
    assert held_groups([other.pk])["education"] == {other.pk: "bachelor"}
    assert held_groups([]) == {"education": {}, "graduation_year": {}, "department": {}}
    assert held_groups([other.pk], keyed=True) == held_groups([other.pk]) | {
        "department": {other.pk: str(other.major.department_id)}
    }


@pytest.mark.parametrize("number", ["student_number", "学号", " Student_Number "])
def test_a_table_tells_a_group_per_attribute_and_student(student, tmp_path, number):
    other = StudentFactory(school=student.school)
    path = table(
        tmp_path,
        f"姓名,{number},sex,户籍",
        f"甲,{student.number},f, 省外 ",
        f"乙,{other.number},,省内",
        "丙,nobody,m,省内",
    )
    assert brought_groups(path) == Brought(
        {
            "sex": {student.pk: "f"},
            "户籍": {student.pk: "省外", other.pk: "省内"},
            "姓名": {student.pk: "甲", other.pk: "乙"},
        },
        3,
        1,
    )


def test_of_several_schools_the_one_is_meant_whose_code_stands_there(student, tmp_path):
    other = StudentFactory(school=SchoolFactory(code="other"), number=student.number)
    rows = [
        f"{student.number},{student.school.code},f",
        f"{student.number},other,m",
        f"{student.number},none,m",
    ]
    found = brought_groups(table(tmp_path, "学号,学校,sex", *rows))
    assert found == Brought({"sex": {student.pk: "f", other.pk: "m"}}, 3, 1)


def test_of_several_schools_one_has_to_be_told(student, tmp_path, english):
    StudentFactory(school=SchoolFactory(), number=student.number)
    path = table(tmp_path, "student_number,sex", f"{student.number},f")
    assert problem(path) == "Several schools are here: a column “school” with their codes is needed."


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("number,sex", "1,f", "A column “student_number” is needed."),
        (
            "student_number",
            "1",
            f"Between one and {MOST_ATTRIBUTES} attributes are needed, each with a name of its own.",
        ),
        (
            "student_number,sex,sex",
            "1,f,f",
            "Between one and 10 attributes are needed, each with a name of its own.",
        ),
        (
            "student_number," + ",".join(f"a{number}" for number in range(MOST_ATTRIBUTES + 1)),
            "1",
            "Between one and 10 attributes are needed, each with a name of its own.",
        ),
        ("student_number,department", "1,x", "“department” cannot be the name of an attribute."),
        ("student_number,sex × age", "1,x", "“sex × age” cannot be the name of an attribute."),
        ("student_number,sex: f", "1,x", "“sex: f” cannot be the name of an attribute."),
    ],
)
@pytest.mark.usefixtures("student", "english")
def test_a_table_that_cannot_be_used_is_refused(tmp_path, header, row, said):
    assert problem(table(tmp_path, header, row)) == said


def test_a_row_that_cannot_be_read_is_named(student, tmp_path, english):
    twice = table(tmp_path, "student_number,sex", f"{student.number},f", "x,f", f"{student.number},f")
    assert problem(twice) == "Row 4: this student stood above already."
    wordy = table(tmp_path, "student_number,sex", "", f"{student.number},{'f' * (LONGEST + 1)}")
    assert problem(wordy) == f"Row 3: a group has at most {LONGEST} letters."
    assert (
        brought_groups(table(tmp_path, "student_number,sex", f"{student.number},{'f' * LONGEST}")).strangers
        == 0
    )


@pytest.fixture
def choices(student, fitting, strange):
    """A hundred and ten students of two levels, each shown both positions; they look at the first, or at the other one."""
    people = [student, *StudentFactory.create_batch(54, school=student.school, major=student.major)]
    nurses = MajorFactory(
        school=student.school, department=DepartmentFactory(school=student.school, name="护理系")
    )
    people += StudentFactory.create_batch(55, school=student.school, major=nurses, education="bachelor")
    now = clock.now()
    shown = [
        Impression(student=person, position=place, at=now, surface="home", rank=rank, score=0.5, model="m")
        for person in people
        for rank, place in enumerate((fitting, strange), 1)
    ]
    for first, second in zip(shown[::2], shown[1::2], strict=True):
        second.showing = first.showing
    Impression.objects.bulk_create(shown)
    later = now + timedelta(minutes=1)
    Interaction.objects.bulk_create(
        Interaction(student=person, position=strange if n % 3 else fitting, kind="apply", at=later)
        for n, person in enumerate(people)
    )
    return people


def test_what_is_held_and_what_is_brought_stand_on_the_card_and_nowhere_else(choices, settings, tmp_path):
    """Sex is told for judging alone: figures of its groups stay, and who is in which is in no table and no file."""
    rows = [f"{person.number},{'甲组' if n % 2 else '乙组'}" for n, person in enumerate(choices)]
    out = StringIO()
    call_command(
        "train_ranker", attributes=table(tmp_path, "student_number,sex", *rows, "x,甲组"), stdout=out
    )

    assert "groups.csv: 111 rows, 1 of nobody here" in out.getvalue()
    (card,) = [card for card in matching.cards(Path(settings.MODELS_DIR)) if card.people]
    names = {name.partition(": ")[0] for name in card.fairness}
    assert {"sex", "department", "education"} <= names
    assert set(card.proxies) == {"sex: 乙组", "sex: 甲组"}
    assert "rules_ratio" not in card.fairness["sex: 甲组"]
    for name in ("education: bachelor", f"department: {choices[-1].major.department_id}"):
        row = card.fairness[name]
        assert row["change_low"] <= row["impact_ratio"] - row["rules_ratio"] <= row["change_high"]
    written = "".join(path.read_text(encoding="utf-8") for path in Path(settings.MODELS_DIR).iterdir())
    assert choices[0].number not in written
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{name}"')
            assert "甲组" not in str(cursor.fetchall())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "How it treats groups of students",
                "Education: Bachelor",
                "Department: 护理系",
                "sex: f",
                "By the rules",
            ],
        ),
        ("zh-hans", ["它如何对待各学生群体", "学历：本科", "院系：护理系", "sex：f", "加权规则"]),
    ],
)
def test_the_card_shows_each_group_in_words(choices, language, words):
    train_ranker(attributes={"sex": {person.pk: "f" if n % 2 else "m" for n, person in enumerate(choices)}})
    member = MembershipFactory(school=choices[0].school)
    page = reader(member, language).get("/staff/matching/models/")
    shown = text(page)

    assert [word for word in words if word not in shown] == []
    (card,) = [item for item in page.context["cards"] if item["card"].people]
    assert {row["rules"] is None for row in card["groups"] if row["label"].startswith("sex")} == {True}
    assert len(card["proxies"]) == 2


@pytest.mark.usefixtures("student", "english")
@pytest.mark.parametrize(
    ("header", "said"), [("number,sex", "A column “student_number” is needed."), (None, "No such file")]
)
def test_the_command_trains_nothing_on_a_table_it_cannot_read(tmp_path, header, said):
    path = tmp_path / "none.csv" if header is None else table(tmp_path, header, "1,f")
    with pytest.raises(CommandError, match=said):
        call_command("train_ranker", attributes=path, stdout=StringIO())
    assert TrainingRun.objects.count() == 0


def test_the_two_newest_cards_and_the_one_in_service_show_their_groups(student, settings):
    """A folder of a year of nights would be a page of ten thousand rows."""
    row = {"people": 40.0, "impact_ratio": 0.9, "low": 0.8, "high": 1.0} | dict.fromkeys(
        ("exposure_ratio", "exposure_low", "exposure_high"), 1.0
    )
    folder = Path(settings.MODELS_DIR)
    for number in range(1, 6):
        card = replace(CARD, name=f"additive-000{number}", accepted=number == 2, fairness={"sex: f": row})
        artifacts.write(folder, replace(card, versions=artifacts.versions()), replace(MODEL, name=card.name))
    page = reader(MembershipFactory(school=student.school)).get("/staff/matching/models/")
    assert [(item["card"].name, item["serves"], len(item["groups"])) for item in page.context["cards"]] == [
        ("additive-0005", False, 1),
        ("additive-0004", False, 1),
        ("additive-0003", False, 0),
        ("additive-0002", True, 1),
        ("additive-0001", False, 0),
    ]
    client = APIClient()
    client.force_login(MembershipFactory(school=student.school).user)
    assert [card["fairness"] for card in client.get("/api/v1/matches/models/").json()] == [
        {"sex: f": row}
    ] * 5


@pytest.mark.parametrize("serves", [False, True])
def test_the_report_of_groups_has_the_ratio_of_the_rules_beside(choices, settings, serves):
    """While the rules answer both are the same figure; of a model the rules' own is worked out as well."""
    if serves:
        model = flat({"place": (-0.5, 0.0, 0.0), "education": (0.5, 0.0, 0.0)})
        artifacts.write(Path(settings.MODELS_DIR), replace(CARD, versions=artifacts.versions()), model)
    forget()
    assert standing().model == ("additive-0001" if serves else "weighted-rules-1")
    rows = fairness(market_of(choices[0].school))["groups"]["department"]
    by_rules = {row["group"]: row["rules"] for row in rows}
    assert ({row["group"]: row["impact_ratio"] for row in rows} == by_rules) is not serves
    Path(settings.MODELS_DIR, "additive-0001.json").unlink(missing_ok=True)
    forget()
    assert standing().model == "weighted-rules-1"
    again = fairness(market_of(choices[0].school))["groups"]["department"]
    assert {row["group"]: row["rules"] for row in again} == by_rules


FIGURES = {"people": 40.0, "impact_ratio": 0.7, "low": 0.6, "high": 0.8} | dict.fromkeys(
    ("exposure_ratio", "exposure_low", "exposure_high"), 1.0
)


@pytest.fixture
def two_schools(settings):
    """A card and a training that speak of departments of two schools, both called 护理系, and of a sex brought along."""
    own, other = (DepartmentFactory(school=SchoolFactory(), name="护理系") for _ in range(2))
    names = [
        f"department: {own.pk}",
        f"department: {other.pk}",
        f"department × education: {other.pk} × bachelor",
    ]
    names += [f"department × sex: {own.pk} × f", "education: bachelor", "sex: f"]
    reason = (
        f"3 held-out people, at least 20 needed; worse than the rules for {names[1]}; "
        f"worse than the model that serves for {names[0]}, {names[2]}, {names[4]} and 2 more; "
        f"impact ratio under 0.80 and under that of the rules for {names[1]}, {names[5]}; "
        "additive-0002 was accepted meanwhile"
    )
    gain = {"people": 20.0, "gain": 0.1, "low": 0.0, "high": 0.2}
    card = replace(
        CARD,
        reason=reason,
        versions=artifacts.versions(),
        metrics={"gate": gain} | {f"gate, {name}": gain for name in names},
        fairness=dict.fromkeys(names, FIGURES),
        proxies={"sex: f": {"people": 40, "auc": 0.6, "telling": ("place",)}},
    )
    artifacts.write(Path(settings.MODELS_DIR), card, MODEL)
    TrainingRun.objects.create(status="refused", ended_at=clock.now(), message=reason)
    TrainingRun.objects.create(progress=f"additive-0003: refused: worse than the rules for {names[1]}")
    return own, other, names


@pytest.mark.parametrize("who", ["staff", "operator"])
def test_a_card_tells_staff_of_groups_of_their_own_school_alone(two_schools, who):
    own, _other, names = two_schools
    member = MembershipFactory(operator=True) if who == "operator" else MembershipFactory(school=own.school)
    seen = names if who == "operator" else [names[0], names[4]]
    client = APIClient()
    client.force_login(member.user)
    (told,) = client.get("/api/v1/matches/models/").json()
    page = reader(member).get("/staff/matching/models/")
    (card,) = page.context["cards"]

    assert (told["fairness"], set(told["metrics"])) == (
        dict.fromkeys(seen, FIGURES),
        {"gate", *(f"gate, {name}" for name in seen)},
    )
    assert sorted(row["label"] for row in card["groups"]) == sorted(
        {
            "operator": ["Department: 护理系"] * 2
            + ["Department × Education: 护理系 × Bachelor", "Department × sex: 护理系 × f", "sex: f"],
            "staff": ["Department: 护理系"],
        }[who]
        + ["Education: Bachelor"]
    )
    assert [row["label"] for row in card["proxies"]] == (["sex: f"] if who == "operator" else [])
    assert ("sex" in str(told)) is (who == "operator")


def test_what_a_training_says_names_no_group_of_another_school(two_schools):
    """Those that are not named are counted, on the page and in the words of the interface for programs."""
    own, _other, _names = two_schools
    member = MembershipFactory(school=own.school)
    running, ended = reader(member).get("/staff/matching/models/").context["runs"]
    words = (
        "3 people kept back, at least 20 needed; worse than the weighted rules for other groups (1); "
        "worse than the model in service for Department: 护理系, Education: Bachelor, 3 more; "
        "impact ratio under 0.80 and under that of the weighted rules for other groups (2); "
        "additive-0002 came into service meanwhile"
    )
    assert (ended.reason, ended.reason_known) == (words, True)
    assert running.reason == "additive-0003: refused: worse than the rules for other groups (1)"
    client = APIClient()
    client.force_login(member.user)
    (told,) = client.get("/api/v1/matches/models/").json()
    assert told["reason"] == (
        "3 held-out people, at least 20 needed; worse than the rules for other groups (1); "
        f"worse than the model that serves for department: {own.pk}, education: bachelor and 3 more; "
        "impact ratio under 0.80 and under that of the rules for other groups (2); "
        "additive-0002 was accepted meanwhile"
    )


@pytest.mark.parametrize("schools", [1, 2])
@pytest.mark.parametrize("group", ["f", "f, m", "x; worse off", "a × b and 3 more"])
def test_what_was_brought_along_is_shown_where_no_other_school_is_here(student, schools, group):
    """However a group is called, none of its name is left where it may not be seen."""
    SchoolFactory.create_batch(schools - 1)
    said = f"beats; worse than the rules for sex: {group}; impact ratio 0.70, at least 0.80 needed"
    told = SeenGroups(staff_actor(student.school)).message(said)
    others = {"f, m": 2, "a × b and 3 more": 4}.get(group, 1)
    hidden = (
        f"beats; worse than the rules for other groups ({others}); impact ratio 0.70, at least 0.80 needed"
    )
    assert told == (said if schools == 1 else hidden)


def test_departments_of_one_name_in_two_schools_are_judged_apart(student, monkeypatch):
    """What the card of a training shows by key is taken from here, see above."""
    theirs = StudentFactory(major__department__name=student.major.department.name)
    assert len(set(held_groups()["department"].values())) == 1
    assert held_groups(keyed=True)["department"] == {
        person.pk: str(person.major.department_id) for person in (student, theirs)
    }
