"""Staff's pages in both languages: groups worked out by hand, who fits nothing, the ranker, grading, and their price."""

from dataclasses import replace
from io import BytesIO
from math import log2
from statistics import median
from urllib.parse import quote

import pytest
from django.urls import reverse

from backend.common import clock
from backend.common.spreadsheets import read_table
from backend.positions.interfaces import labels
from backend.recommendations.domain import draw_round, grade_pair, refresh_audits, train_ranker
from backend.recommendations.domain.audits import fairness, reach
from backend.recommendations.market import market_of
from backend.recommendations.models import GradingRound, StoredAudit, StrongPair, TrainingRun
from backend.students.models import Student
from matching import api as matching
from matching import artifacts
from tests.backend.recommendations.reading import queries_of, reader, text
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import staff_actor
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolFactory
from tests.factories.students import ExperienceFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BOTH = ("en", "zh-hans")


@pytest.fixture
def member(student):
    return MembershipFactory(school=student.school)


@pytest.fixture
def halves(student, fitting):
    """Twelve who fit the one position, and twelve who do not; a department of four beside them."""
    school = student.school
    care = DepartmentFactory(school=school, name="护理系")
    StudentFactory.create_batch(
        11,
        school=school,
        major=student.major,
        skills=student.skills,
        wanted_occupations=student.wanted_occupations,
    )
    others = {"school": school, "skills": ["静脉输液"], "wanted_cities": ["650100"], "education": "bachelor"}
    nurses = MajorFactory(school=school, name="护理", department=care)
    StudentFactory.create_batch(8, major=nurses, **others)
    few = MajorFactory(school=school, name="助产", department=DepartmentFactory(school=school, name="助产系"))
    StudentFactory.create_batch(4, major=few, **others)
    return market_of(school)


def exposure(first: int, last: int) -> float:
    return sum(1 / log2(place + 1) for place in range(first, last + 1)) / (last - first + 1)


def test_the_treatment_of_groups_by_hand(halves, student):
    """One position, twenty places: all twelve who fit are among them and eight of the twelve who do not."""
    found = fairness(halves)
    fit, rest = found["groups"]["education"]
    assert (fit["group"], fit["people"], fit["selected"], fit["impact_ratio"]) == ("associate", 12, 1.0, 1.0)
    assert (fit["low"], fit["high"], fit["exposure_ratio"]) == (1.0, 1.0, 1.0)
    assert (rest["group"], rest["people"]) == ("bachelor", 12)
    assert (rest["selected"], rest["impact_ratio"]) == (pytest.approx(8 / 12), pytest.approx(8 / 12))
    assert rest["exposure_ratio"] == pytest.approx(exposure(13, 24) / exposure(1, 12))
    assert 0 < rest["exposure_low"] < rest["exposure_ratio"] < rest["exposure_high"] < 1
    assert (fit["exposure_low"], fit["exposure_high"]) == (1.0, 1.0)
    assert 0 < rest["low"] < 8 / 12 < rest["high"] <= 1
    # Eight and four people of two departments are too few to be told apart.
    assert [row["group"] for row in found["groups"]["department"]] == [student.major.department.name]
    assert (found["worst"], found["passed"]) == (pytest.approx(8 / 12), False)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Treatment of groups", "below four fifths", "Education", "Associate degree", "Bachelor"]),
        ("zh-hans", ["群体待遇", "低于五分之四", "学历", "大专", "本科"]),
    ],
)
def test_the_page_of_groups_in_both_languages(halves, student, member, language, words):
    refresh_audits(student.school)
    shown = text(reader(member, language).get("/staff/matching/groups/"))
    found = refresh_audits(student.school)[0].figures["groups"]["education"][1]
    told = f"{found['exposure_ratio']:.2f} {found['exposure_low']:.2f}–{found['exposure_high']:.2f}"
    for word in [*words, told, "0.67", "1.00–1.00", "24", ["weighted-rules-1", "2026-03-02 09:00"][1]]:
        assert word in shown
    assert "助产系" not in shown


@pytest.mark.parametrize(("worst", "words"), [(0.8, "four fifths kept"), (0.79, "below four fifths")])
def test_the_page_says_on_which_side_of_four_fifths(student, member, worst, words):
    figures = {
        "students": 1,
        "positions": 1,
        "first": 20,
        "worst": worst,
        "passed": worst >= 0.8,
        "groups": {},
    }
    StoredAudit.objects.create(school=student.school, kind="fairness", model="m", figures=figures)
    page = reader(member).get("/staff/matching/groups/")
    assert (words in text(page), page.context["tables"]) == (True, [])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Who fits nothing", "Fitting students"]), ("zh-hans", ["无合适匹配", "合适的学生数"])],
)
def test_the_page_of_reach_in_both_languages(halves, fitting, member, language, words):
    """Twelve, eight and four of a major: the one major of ten or more is listed, the two small ones counted."""
    refresh_audits(member.school)
    page = reader(member, language).get("/staff/matching/reach/")
    shown, figures = text(page), page.context["found"].figures
    assert [word for word in [*words, fitting.company.name] if word not in shown] == []
    assert [(row["major"], row["students"]) for row in figures["majors"]] == [("软件技术", 12)]
    assert figures["small"] == 2
    assert "护理" not in shown
    html = page.content.decode()
    for path in (
        f"/company/positions/{fitting.pk}/students/",
        f"{reverse('students:list')}?text={quote('软件技术')}",
    ):
        assert f'href="{path}"' in html
        assert reader(member, language).get(path).status_code == 200


def test_reach_by_hand(student, fitting, strange):
    """Per major how many have a position of half the mutual score or more, and the median of their best ones."""
    other = MajorFactory(school=student.school, name="护理")
    for major, skills in ((student.major, ["Java", "SQL"]), (other, ["静脉输液"]), (other, [])):
        StudentFactory.create_batch(6, school=student.school, major=major, skills=skills)
    StudentFactory.create_batch(
        4, school=student.school, major=student.major, wanted_cities=["650100"], skills=[]
    )
    market = market_of(student.school)
    mutual = matching.mutual_matrix(market.students, market.positions, on=clock.today())
    best: dict[str, list[float]] = {}
    for person, row in zip(market.students, mutual, strict=True):
        best.setdefault(person.major, []).append(row.max())
    found = reach(market)
    assert {row["major"]: (row["students"], row["fitting"], row["best"]) for row in found["majors"]} == {
        name: (len(values), sum(value >= 0.5 for value in values), pytest.approx(median(values)))
        for name, values in best.items()
    }
    assert 0 < sum(row["fitting"] for row in found["majors"]) < len(market.students)
    means = {
        name: mutual[[person.major == name for person in market.students]].mean(axis=0).tolist()
        for name in best
    }
    nearest = {name: market.positions[by.index(max(by))].id for name, by in means.items()}
    assert {row["major"]: row["nearest"] for row in found["majors"]} == nearest
    assert set(nearest.values()) == {fitting.pk, strange.pk}
    assert {row["position"]: row["fitting"] for row in found["positions"]} == {
        place.id: int((mutual[:, column] >= 0.5).sum()) for column, place in enumerate(market.positions)
    }


@pytest.mark.parametrize("openings", [1, 6])
def test_a_position_with_more_openings_than_fitting_students_comes_first(halves, student, fitting, openings):
    """What counts is how many fit for each opening."""
    sparse = PositionFactory(
        published=True,
        company=fitting.company,
        title=fitting.title,
        skills=fitting.skills,
        majors=fitting.majors,
        city_code=fitting.city_code,
        occupation=fitting.occupation,
        openings=openings,
    )
    rows = reach(market_of(student.school))["positions"]
    assert {row["fitting"] for row in rows} == {rows[0]["fitting"]}
    expected = [sparse.pk, fitting.pk] if openings > fitting.openings else [fitting.pk, sparse.pk]
    assert [row["position"] for row in rows] == expected


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "Weighted rules are in service",
                "Refused",
                "0 people kept back, at least 20 needed",
                "0 people, 0 lists shown",
                "Failed",
                "OSError('full')",
                "given up: it did not end within two hours",
                "Running",
            ],
        ),
        (
            "zh-hans",
            [
                "正在使用加权规则",
                "未通过",
                "留出的人有 0 位，至少需要 20 位",
                "0 人，0 次展示",
                "失败",
                "OSError('full')",
                "已放弃：两小时内没有结束",
                "训练中",
            ],
        ),
    ],
)
def test_the_page_of_the_ranker_in_both_languages(member, language, words):
    train_ranker()
    for message in ("OSError('full')", "given up"):
        TrainingRun.objects.create(status="failed", ended_at=clock.now(), message=message)
    TrainingRun.objects.create()
    page = reader(member, language).get("/staff/matching/models/")
    shown = text(page)
    assert [word for word in words if word not in shown] == []
    assert ("held-out people" in shown, "T0" in shown) == (False, False)
    assert page.content.decode().count('lang="en">OSError') == 1


def test_a_model_in_service_stands_with_its_figures_and_the_day_it_learnt_until(accepted, member):
    page = reader(member).get("/staff/matching/models/")
    shown = text(page)
    assert "A trained ranker is in service" in shown
    assert [(item["card"].name, item["serves"]) for item in page.context["cards"]] == [
        ("additive-0002", True),
        ("additive-0001", False),
    ]
    card, _model = artifacts.read(accepted / "additive-0002.json")
    auc = f"{card.metrics['people: additive-0002']['auc']:.3f}"
    assert f"People it had not seen additive-0002 {auc}" in shown
    assert "better than the weighted rules on" in shown
    assert card.data_until.startswith("2026-03-10T08:00:00")
    assert ("Data until 2026-03-10 16:00" in shown, card.data_until in shown) == (True, False)


def test_what_is_asked_for_while_a_training_runs_reads_no_card(accepted, member):
    TrainingRun.objects.create(progress="1500 showings read")
    client, path = reader(member), "/staff/matching/models/"
    assert 'hx-get="/staff/matching/models/" hx-select="#runs"' in client.get(path).content.decode()
    asked = client.get(path, headers={"HX-Request": "true", "HX-Target": "runs"})
    assert (asked.context["cards"], [run.reason for run in asked.context["runs"]]) == (
        [],
        ["1500 lists read"],
    )
    assert 'id="runs"' in asked.content.decode()
    other = client.get(path, headers={"HX-Request": "true", "HX-Target": "main"})
    assert len(other.context["cards"]) == 2


def test_a_card_that_was_withdrawn_says_so(accepted, member):
    artifacts.rollback(accepted)
    shown = text(reader(member, "zh-hans").get("/staff/matching/models/"))
    assert ("已收回；在留出的" in shown, "additive-0002" in shown) == (True, True)


def test_what_a_file_says_of_a_strange_feature_is_shown_as_it_is(accepted, member):
    path = accepted / "additive-0002.json"
    card, model = artifacts.read(path)
    artifacts.write(accepted, replace(card, features=("skills_covered", "<b>shoes</b>")), model)
    page = reader(member).get("/staff/matching/models/")
    assert page.context["cards"][0]["features"].endswith(", <b>shoes</b>")
    assert "<b>shoes" not in page.content.decode()


@pytest.mark.parametrize("copies", [1, 3])
def test_each_page_costs_the_same_however_much_there_is(student, fitting, member, copies):
    StudentFactory.create_batch(copies, school=student.school)
    actor = staff_actor(student.school, user_id=member.user_id)
    rounds = [draw_round(actor=actor) for _ in range(copies)]
    refresh_audits(student.school)
    for number in range(copies):
        TrainingRun.objects.create(status="failed", ended_at=clock.now(), message=str(number))
        StrongPair.objects.create(
            student=Student.objects.order_by("pk")[number], position=fitting, mutual=0.5, model="m"
        )
    client = reader(member)
    costs = {
        "/staff/matching/": 9,
        "/staff/matching/groups/": 5,
        "/staff/matching/reach/": 5,
        "/staff/matching/models/": 5,
        "/staff/matching/grading/": 8,
        f"/staff/matching/grading/{rounds[0].pk}/": 13,
        f"/company/positions/{fitting.pk}/students/": 11,
    }
    assert {path: queries_of(client, path) for path in costs} == costs
    assert len(client.get("/staff/matching/grading/").context["page"]) == copies


@pytest.mark.parametrize("language", BOTH)
def test_a_round_is_graded_page_by_page_and_told_in_both_languages(student, fitting, strange, language):
    """Each sees the pairs in order; the result comes to both, with the table and the mean score per grade."""
    people = [MembershipFactory(school=student.school) for _ in range(2)]
    round_ = draw_round(actor=staff_actor(student.school, user_id=people[0].user_id))
    path = f"/staff/matching/grading/{round_.pk}/"
    pairs = list(round_.pairs.order_by("number"))
    for person, fits in zip(people, ((2, 0), (2, 1)), strict=True):
        client = reader(person, language)
        for done, (pair, fit) in enumerate(zip(pairs, fits, strict=True)):
            page = client.get(path)
            assert (page.context["pair"], page.context["done"], page.context["full"]) == (pair, done, False)
            assert client.post(f"{path}pairs/{pair.pk}/", {"fit": fit})["Location"] == path
    page = reader(people[0], language).get(path)
    labels = (
        ["Does not fit", "Fits in part", "Fits well"]
        if language == "en"
        else ["不合适", "部分合适", "很合适"]
    )
    assert page.context["table"] == list(zip(labels, ([0, 1, 0], [0, 0, 0], [0, 0, 1]), strict=True))
    high, low = (round(pair.score * 100) for pair in pairs)
    assert page.context["means"] == list(zip(labels, (low, low, high), strict=True))
    # Equal in one of two; by chance one of four: (1/2 - 1/4) / (1 - 1/4).
    assert ("0.33" in text(page), page.context["result"].agreement.kappa) == (True, pytest.approx(1 / 3))


def test_a_grader_reads_what_the_score_reads_and_not_the_name(student, fitting, member):
    ExperienceFactory(student=student)
    Student.objects.filter(pk=student.pk).update(
        name="甲某某", salary_floor=6543, available_from="2026-07-08"
    )
    round_ = draw_round(actor=staff_actor(student.school, user_id=member.user_id))
    shown = text(reader(member).get(f"/staff/matching/grading/{round_.pk}/"))
    told = ["测试实习生 2025-03–2025-08", "苏州", "Full time", "6543", "2026-07-08", labels.pay(fitting)]
    assert [words for words in told if words not in shown] == []
    assert "甲某某" not in shown


@pytest.mark.parametrize(("number", "pages"), [(10, 1), (11, 2)])
def test_rounds_stand_ten_on_a_page_the_last_first(student, member, number, pages):
    rows = [GradingRound.objects.create(school=student.school, model="m", seed=n) for n in range(number)]
    GradingRound.objects.create(school=SchoolFactory(), model="m", seed=1)
    found = reader(member).get("/staff/matching/grading/").context["page"]
    assert [row.pk for row in found] == [row.pk for row in reversed(rows)][:10]
    assert found.paginator.num_pages == pages


@pytest.mark.parametrize(
    ("who", "grading", "tell"),
    [("staff", True, True), ("department", False, True), ("operator", False, False)],
)
def test_links_and_buttons_stand_for_whoever_may_use_them(student, fitting, who, grading, tell):
    people = {
        "staff": lambda: MembershipFactory(school=student.school),
        "department": lambda: MembershipFactory(school=student.school, department=student.major.department),
        "operator": lambda: MembershipFactory(operator=True),
    }
    StrongPair.objects.create(student=student, position=fitting, mutual=0.5, model="m")
    shown = reader(people[who]()).get("/staff/matching/").content.decode()
    assert ("/staff/matching/grading/" in shown, "/hint/" in shown) == (grading, tell)


def test_the_grade_of_a_pair_may_be_changed_until_both_are_done(student, fitting, strange):
    people = [MembershipFactory(school=student.school) for _ in range(2)]
    one, other = (staff_actor(student.school, user_id=person.user_id) for person in people)
    round_ = draw_round(actor=one)
    first, second = round_.pairs.order_by("number")
    assert (
        grade_pair(actor=one, pair_id=first.pk, fit=0).pk == grade_pair(actor=one, pair_id=first.pk, fit=2).pk
    )
    for actor, pair in ((one, second), (other, first)):
        grade_pair(actor=actor, pair_id=pair.pk, fit=1)
    assert grade_pair(actor=one, pair_id=first.pk, fit=1).fit == 1


@pytest.fixture
def graders(student, fitting, strange):
    """Two of the staff, and a round of two pairs."""
    people = [MembershipFactory(school=student.school) for _ in range(2)]
    actors = [staff_actor(student.school, user_id=person.user_id) for person in people]
    return people, actors, draw_round(actor=actors[0])


def graded(actor, round_, *fits) -> None:
    for pair, fit in zip(round_.pairs.order_by("number"), fits, strict=False):
        grade_pair(actor=actor, pair_id=pair.pk, fit=fit)


def test_a_grader_goes_back_to_a_pair_and_sees_only_their_own_word(graders):
    people, (one, other), round_ = graders
    path = f"/staff/matching/grading/{round_.pk}/"
    first, second = round_.pairs.order_by("number")
    graded(other, round_, 0)
    client = reader(people[0])
    assert [client.get(f"{path}{asked}").context["pair"] for asked in ("", "?pair=1", "?pair=2")] == [
        first
    ] * 3

    graded(one, round_, 2)
    page = client.get(path)
    assert (page.context["pair"], page.context["said"], page.context["earlier"]) == (second, None, 1)
    assert 'href="?pair=1"' in page.content.decode()
    back = client.get(f"{path}?pair=1")
    assert (back.context["pair"], back.context["said"], back.context["earlier"]) == (first, 2, None)
    assert "You have graded this pair already" in text(back)
    for odd in ("?pair=9", "?pair=x", "?pair=-1", "?pair=²", f"?pair={'9' * 40}"):
        assert client.get(f"{path}{odd}").context["pair"] == second
    client.post(f"{path}pairs/{first.pk}/", {"fit": 1})
    assert client.get(f"{path}?pair=1").context["said"] == 1
    graded(one, round_, 1, 1)
    done = client.get(path)
    assert (done.context["pair"], done.context["earlier"]) == (None, 2)
    assert "You have graded all pairs." in text(done)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "graded 2 and 1 of 2"), ("zh-hans", "共 2 对，已评 2 和 1")]
)
def test_the_list_of_rounds_says_how_far_each_is(graders, language, words):
    people, (one, other), round_ = graders
    graded(one, round_, 2, 0)
    graded(other, round_, 2)
    client = reader(people[0], language)
    assert words in text(client.get("/staff/matching/grading/"))
    graded(other, round_, 2, 0)
    kappa = "Cohen's kappa 1.00 (1.00–1.00)" if language == "en" else "1.00 (1.00–1.00)"
    assert kappa in text(client.get("/staff/matching/grading/"))


def test_both_grades_leave_as_a_table_without_names_once_both_are_done(graders, student):
    people, (one, other), round_ = graders
    path = f"/staff/matching/grading/{round_.pk}/export/"
    graded(one, round_, 2, 0)
    graded(other, round_, 1)
    client = reader(people[0])
    refusal = client.get(path)
    assert (refusal.status_code, "Both have to grade every pair first." in text(refusal)) == (409, True)

    graded(other, round_, 1, 0)
    answer = client.get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="grading-{round_.pk}-2026-03-02.xlsx"'
    headers, rows = read_table(BytesIO(answer.content))
    assert headers == ["Pair", "Major", "Position", "Company", "First person", "Second person", "Score"]
    pairs = round_.pairs.select_related("position__company").order_by("number")
    assert [list(row) for row in rows] == [
        ["1", "软件技术", pairs[0].position.title, pairs[0].position.company.name, "Fits well", "Fits in part",
         str(round(pairs[0].score, 4))],
        ["2", "软件技术", pairs[1].position.title, pairs[1].position.company.name, "Does not fit", "Does not fit",
         str(round(pairs[1].score, 4))],
    ]  # fmt: skip
    assert student.name not in str(answer.content)
    stranger = MembershipFactory(school=SchoolFactory())
    assert reader(stranger).get(path).status_code == 404
