"""Bodies over JSON: as the examples promise, as the pages say it, limited and paged, and at a price that stands still."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.recommendations.domain import draw_round, refresh_audits
from backend.recommendations.interfaces import examples
from backend.recommendations.models import DrawnPair, GradingRound, Impression, Interaction, StrongPair
from backend.recommendations.queries import detail_for, matches_for
from backend.students.models import Student
from tests.backend.recommendations.reading import queries_of, reader
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import staff_actor
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now", "clean_cache")]
API = "/api/v1"
JSON = {"content_type": "application/json"}


@pytest.fixture
def clean_cache():
    cache.clear()


@pytest.fixture
def mine(student):
    return reader(MembershipFactory(of_student=True, student=student))


@pytest.fixture
def staff(student):
    return reader(MembershipFactory(school=student.school))


def shape(value: object) -> object:
    """The names and kinds of a body: what a program that reads it relies on."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def test_the_examples_look_like_the_answers(mine, staff, student, fitting):
    """Whoever writes a program from the schema finds every field, of the kind the example has."""
    pair = StrongPair.objects.create(student=student, position=fitting, mutual=0.9, model="m")
    StudentFactory.create_batch(10, school=student.school, education="associate")
    refresh_audits(student.school)
    company = reader(RecruiterFactory(company=fitting.company))
    (match,) = mine.get(f"{API}/matches/").json()
    (unnoticed,) = staff.get(f"{API}/matches/unnoticed/").json()["results"]
    fits = company.get(f"{API}/matches/positions/{fitting.pk}/students/").json()[0]
    report = staff.get(f"{API}/matches/audits/fairness/").json()
    report["figures"]["groups"] = {"education": report["figures"]["groups"]["education"]}
    assert [shape(body) for body in (match, unnoticed, fits, report)] == [
        shape(example) for example in (examples.MATCH, examples.PAIR, examples.STUDENT, examples.FAIRNESS)
    ]
    assert unnoticed["id"] == pair.pk
    mine.put(f"{API}/matches/personalisation/", {"personalised": False}, **JSON)
    (neutral,) = mine.get(f"{API}/matches/").json()
    assert shape(neutral) == shape(examples.NEUTRAL)


def test_the_answer_says_what_the_page_says(mine, actor, fitting, strange):
    found = matches_for(actor).shown
    for row, item in zip(mine.get(f"{API}/matches/").json(), found, strict=True):
        assert (row["rank"], row["score"], row["model"]) == (item.rank, item.match.score, item.match.model)
        assert row["reasons"] == [
            {"feature": r.feature, "contribution": r.contribution, "zh": r.zh, "en": r.en}
            for r in item.match.reasons
        ]
    body, detail = mine.get(f"{API}/matches/{strange.pk}/").json(), detail_for(actor, strange)
    assert body["raising"] == [
        {"feature": s.feature, "gain": s.gain, "zh": s.zh, "en": s.en} for s in detail.raising
    ]
    both = mine.get(f"{API}/matches/compare/", {"a": fitting.pk, "b": strange.pk}).json()
    assert [both["a"]["score"], both["b"]["score"]] == [item.match.score for item in found]
    gaps = [abs(item["delta"]) for item in both["differences"]]
    assert (gaps, len(gaps) > 1) == (sorted(gaps, reverse=True), True)


@pytest.mark.parametrize(
    ("asked", "number"), [({"limit": 1}, 1), ({"limit": 3}, 3), ({"limit": 50}, 22), ({}, 20)]
)
def test_as_many_as_asked_are_answered_and_recorded(mine, fitting, asked, number):
    PositionFactory.create_batch(21, published=True, company=fitting.company)
    rows = mine.get(f"{API}/matches/", asked).json()
    assert [row["rank"] for row in rows] == list(range(1, number + 1))
    assert Impression.objects.filter(surface="api").count() == number


def test_what_was_said_comes_back_with_the_position(mine, fitting):
    for body in (
        {"position_id": fitting.pk, "kind": "save"},
        {"position_id": fitting.pk, "kind": "not_interested", "cause": "company"},
    ):
        assert mine.post(f"{API}/interactions/", body, **JSON).status_code == 201
    found = mine.get(f"{API}/matches/{fitting.pk}/").json()
    assert (found["saved"], found["hidden_cause"]) == (True, "company")
    mine.delete(f"{API}/interactions/{fitting.pk}/save/")
    found = mine.get(f"{API}/matches/{fitting.pk}/").json()
    assert (found["saved"], found["hidden_cause"]) == (False, "company")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_answers_has_saves_and_refusals_alone_the_last_first(mine, student, fitting, rows):
    other = StudentFactory(school=student.school)
    expected = []
    for place, position in enumerate(
        PositionFactory.create_batch(rows, published=True, company=fitting.company)
    ):
        at = clock.now() + timedelta(minutes=place)
        for who, kind in ((student, "save"), (student, "view"), (student, "apply"), (other, "save")):
            Interaction.objects.create(student=who, position=position, kind=kind, at=at)
        expected.insert(0, position.pk)
    body = mine.get(f"{API}/interactions/").json()
    assert [(row["position"], row["kind"], row["cause"]) for row in body["results"]] == [
        (pk, "save", "") for pk in expected
    ]


def test_looking_again_moves_the_moment_of_the_look(mine, fitting):
    body = {"position_id": fitting.pk, "kind": "view"}
    moments = []
    for _ in range(2):
        answer = mine.post(f"{API}/interactions/", body, **JSON)
        moments.append((answer.status_code, answer.json()["at"]))
        clock.advance(timedelta(minutes=5))
    assert (moments[0][1] < moments[1][1], [code for code, _at in moments]) == (True, [201, 201])
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"personalised": "perhaps"}, {"personalised": None}, []])
def test_a_senseless_switch_is_refused_and_changes_nothing(mine, student, body):
    before = contents(Student)
    answer = mine.put(f"{API}/matches/personalisation/", body, **JSON)
    assert (answer.status_code, contents(Student)) == (422, before)


def test_the_switch_is_told_once_however_often_it_is_set(mine, student):
    for on in (False, False, True, True):
        assert mine.put(f"{API}/matches/personalisation/", {"personalised": on}, **JSON).json() == {
            "personalised": on
        }
    rows = AuditEntry.objects.filter(verb="student.personalised").order_by("pk")
    assert list(rows.values_list("after", "target_id")) == [("off", student.pk), ("on", student.pk)]


@pytest.mark.parametrize(
    ("who", "seen", "told"), [("own", 1, 200), ("other", 0, 404), ("far", 0, 404), ("operator", 1, 403)]
)
def test_a_pair_is_seen_and_told_by_table(student, fitting, who, seen, told):
    """A department of its own students, a school of its own, operators of all but they tell nobody."""
    people = {
        "own": {"school": student.school, "department": student.major.department},
        "other": {"school": student.school, "department": DepartmentFactory(school=student.school)},
        "far": {"school": SchoolFactory()},
        "operator": {"operator": True},
    }
    pair = StrongPair.objects.create(student=student, position=fitting, mutual=0.9, model="m")
    client = reader(MembershipFactory(**people[who]))
    assert len(client.get(f"{API}/matches/unnoticed/").json()["results"]) == seen
    before = contents(StrongPair)
    answer = client.post(f"{API}/matches/unnoticed/{pair.pk}/hint/")
    assert (answer.status_code, contents(StrongPair) == before) == (told, told != 200)


def test_nothing_to_grade_is_a_conflict_and_leaves_no_round(staff):
    answer = staff.post(f"{API}/matches/grading/")
    assert (answer.status_code, answer.json()["error"], GradingRound.objects.count()) == (
        409,
        "nothing_to_grade",
        0,
    )


def test_a_round_tells_each_person_their_own_next_pair(staff, student, fitting, strange):
    other = reader(MembershipFactory(school=student.school))
    round_ = staff.post(f"{API}/matches/grading/").json()
    pairs = list(DrawnPair.objects.order_by("number").values_list("pk", flat=True))
    path = f"{API}/matches/grading/{round_['id']}/"
    staff.put(f"{API}/matches/grading/pairs/{pairs[0]}/", {"fit": 2}, **JSON)
    assert [client.get(path).json()["next"]["id"] for client in (staff, other)] == [pairs[1], pairs[0]]
    assert other.get(path).json()["graded"] == {"1": 1, "2": 0}
    for client, grades in ((staff, {1: 0}), (other, {0: 2, 1: 1})):
        for place, fit in grades.items():
            client.put(f"{API}/matches/grading/pairs/{pairs[place]}/", {"fit": fit}, **JSON)
    body = other.get(path).json()
    # Equal in one of two; by chance one of four: (1/2 - 1/4) / (1 - 1/4).
    assert (body["next"], body["agreement"]["pairs"], body["agreement"]["equal"]) == (None, 2, 0.5)
    assert body["agreement"]["kappa"] == pytest.approx(1 / 3)
    (listed,) = staff.get(f"{API}/matches/grading/").json()["results"]
    assert listed == body


def test_the_card_in_service_is_marked(accepted, staff):
    cards = staff.get(f"{API}/matches/models/").json()
    assert [(card["name"], card["accepted"], card["serves"]) for card in cards] == [
        ("additive-0002", True, True),
        ("additive-0001", True, False),
    ]
    assert cards[0]["metrics"]["people: additive-0002"]["auc"] > 0.5


@pytest.mark.parametrize("copies", [1, 3])
def test_answers_to_staff_cost_the_same_however_much_there_is(student, fitting, strange, copies):
    member = MembershipFactory(school=student.school)
    actor = staff_actor(student.school, user_id=member.user_id)
    StudentFactory.create_batch(copies, school=student.school)
    rounds = [draw_round(actor=actor, number=copies) for _ in range(copies)]
    refresh_audits(student.school)
    client = reader(member)
    costs = {
        f"{API}/matches/audits/fairness/": 4,
        f"{API}/matches/audits/reach/": 4,
        f"{API}/matches/models/": 3,
        f"{API}/matches/grading/": 8,
        f"{API}/matches/grading/{rounds[0].pk}/": 8,
    }
    assert {path: queries_of(client, path) for path in costs} == costs


@pytest.mark.parametrize("copies", [1, 3])
def test_answers_to_a_student_cost_the_same_however_much_there_is(mine, fitting, strange, copies):
    PositionFactory.create_batch(copies, published=True, company=fitting.company)
    costs = {
        f"{API}/matches/compare/?a={fitting.pk}&b={strange.pk}": 8,
        f"{API}/matches/personalisation/": 5,
    }
    assert {path: queries_of(mine, path) for path in costs} == costs
