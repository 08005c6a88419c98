"""What the made-up students choose: the worth that is assumed, part by part, and lists that repeat themselves."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from matching.evaluation import proxy_set
from matching.evaluation.proxy_set import NOTE, SHOWN, Occupation, evaluate_proxy, showings
from tests.matching.builders import position, student
from tests.matching.test_tables import packed

CODES = [f"{a}-{b:02d}-{c:02d}-{d:02d}" for a in (1, 2) for b in (1, 2) for c in (1, 2) for d in (1, 2, 3)]
OCCUPATIONS = [
    Occupation(code, (f"{code}甲", f"{code}乙"), tuple(f"{code}事{n}" for n in range(4))) for code in CODES
]


def worth(code, **changes):
    """The worth to a student whose occupation is 2-01-01-01; else nothing fits."""
    person = student(education="secondary", wanted_cities=("420100",), salary_floor=9000)
    poor = {"occupation_code": code, "city_code": "110000", "salary_max": 8000, "education": "bachelor"}
    return proxy_set._worth(person, "2-01-01-01", position(**{**poor, **changes}))


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("2-01-01-01", 3.0),
        ("2-01-01-02", 1.5),
        ("2-01-02-02", 0.5),
        ("2-01-02-01", 0.5),
        ("2-02-01-01", 0.0),
        ("2-02-02-02", 0.0),
        ("1-01-01-01", 0.0),
        ("1-02-02-02", 0.0),
    ],
)
def test_work_is_as_close_as_the_code_is_alike_from_the_top(code, same):
    """The same numbers below another branch are another occupation's."""
    assert worth(code) == same


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"city_code": "420100"}, 0.8),
        ({"city_code": "420106"}, 0.0),
        ({"salary_max": 9000}, 0.5),
        ({"salary_max": 8999}, 0.0),
        ({"salary_max": None}, 0.0),
        ({"education": "secondary"}, 0.5),
        ({"education": "associate"}, 0.0),
        ({"city_code": "420100", "salary_max": 9500, "education": "secondary"}, 1.8),
    ],
)
def test_place_pay_and_education_are_worth_what_is_stated(changes, more):
    assert worth("1-02-02-02", **changes) == pytest.approx(more)


def test_who_states_no_pay_has_enough():
    person = student(education="secondary", wanted_cities=(), salary_floor=None)

    assert proxy_set._worth(person, "2-01-01-01", position(salary_max=None, education="bachelor",
        occupation_code="1-01-01-01")) == 0.5  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_lists_are_drawn_again_from_the_same_seed(seed):
    rows = showings(OCCUPATIONS, people=12, seed=seed)

    assert rows == showings(OCCUPATIONS, people=12, seed=seed)
    assert rows != showings(OCCUPATIONS, people=12, seed=seed + 1)
    # The people of a shorter run are those of a longer one: more are added, nobody changes.
    assert showings(OCCUPATIONS, people=5, seed=seed) == rows[:5]


def test_every_list_has_twenty_postings_one_of_them_of_the_own_work():
    rows = showings(OCCUPATIONS, people=40)
    places = Counter()
    for row in rows:
        own = [place for place, one in enumerate(row.shown) if (one.occupation_code in row.student.text)]
        assert len({one.id for one in row.shown}) == len(row.shown) == SHOWN
        assert len(own) == 1
        assert len(row.chosen) == 1
        assert row.chosen <= {one.id for one in row.shown}
        places[own[0]] += 1

    # Where the own work stands tells nothing.
    assert max(places.values()) <= 8
    assert len(places) >= 10


def test_student_and_posting_tell_one_half_of_the_tasks_each():
    row = showings(OCCUPATIONS, people=1)[0]
    own = next(one for one in row.shown if one.occupation_code in row.student.text)
    code = own.occupation_code

    assert row.student.text == f"{code}事0；{code}事2"
    assert own.text == f"{code}事1；{code}事3"
    assert (own.title, row.student.headlines) == (f"{code}甲", (f"{code}乙",))
    assert row.student.wanted_occupations in ((), (code,))


def test_choices_go_by_the_worth_and_chance():
    """Of those who chose, most took what was worth most, some what was worth a little less."""
    rows = showings(OCCUPATIONS, people=300)
    lost = []
    for row in rows:
        code = row.student.text.partition("事")[0]
        worths = {one.id: proxy_set._worth(row.student, code, one) for one in row.shown}
        lost.append(max(worths.values()) - worths[next(iter(row.chosen))])

    assert np.mean(np.array(lost) == 0) > 0.75
    assert 0 < np.max(lost) < 2.5
    assert min(lost) == 0


@pytest.mark.parametrize("count", [0, 1, SHOWN - 1])
def test_fewer_occupations_than_a_list_needs_are_refused(count):
    with pytest.raises(ValueError, match=f"^{count} occupations with two names and four tasks, at least 20"):
        showings(OCCUPATIONS[:count])


@pytest.mark.parametrize(
    ("tasks", "alias", "read"),
    [
        ("1.甲事 2.乙事 3.丙事 4.丁事", "一名,二名", (("一名", "二名"), ("甲事", "乙事", "丙事", "丁事"))),
        ("1.甲事。2.乙事；3.丙事 4.丁事。 5. ", "一名/二名，三名、一名", (("一名", "二名", "三名"), ("甲事", "乙事", "丙事", "丁事"))),
        ("1.甲事 2.乙事 3.丙事", "一名,二名", None),
        ("1.甲事 2.乙事 3.丙事 4.丁事", "一名,一名", None),
        ("1.甲事 2.乙事 3.丙事 4.丁事", "", None),
        ("", "一名,二名", None),
        ("10.甲事 11.乙事 12.丙事 13.丁事", "一名 二名", (("一名", "二名"), ("甲事", "乙事", "丙事", "丁事"))),
    ],
)  # fmt: skip
def test_a_description_is_read_or_passed_over(tmp_path, tasks, alias, read):
    packed(tmp_path / proxy_set.FILE, f'code,definition,tasks,alias\n2-01-01-01,"x, y","{tasks}","{alias}"\n')

    assert proxy_set.read_occupations(tmp_path) == ([] if read is None else [Occupation("2-01-01-01", *read)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts")
    lines = [
        f"{one.code},,{' '.join(f'{n}.{task}' for n, task in enumerate(one.tasks, 1))},{'/'.join(one.names)}"
        for one in OCCUPATIONS
    ]
    packed(path / proxy_set.FILE, "\n".join(["code,definition,tasks,alias", *lines]) + "\n")
    return path


def test_the_report_is_the_same_again_and_says_what_it_is(folder):
    said = []
    report = evaluate_proxy(folder, seeds=2, people=40, progress=said.append)

    assert report == evaluate_proxy(folder, seeds=2, people=40)
    assert {key: value for key, value in report.items() if key != "systems"} == {
        "set": "synthetic proxy",
        "synthetic": True,
        "note": NOTE,
        "people": 32,
        "seeds": 2,
    }
    assert said == [f"synthetic proxy, seed {n}: 16 made-up people judged" for n in (0, 1)]
    for row in report["systems"].values():
        assert set(row) == {"auc", "auc_low", "auc_high", "ndcg@10", "mrr", "hr@10"}
        assert 0 <= row["auc_low"] <= row["auc"] <= row["auc_high"] <= 1
    assert report["systems"]["random"]["auc"] == pytest.approx(0.5, abs=0.2)


def test_a_change_of_the_student_changes_the_worth_and_nothing_else():
    """The worth is of the pair alone: neither the id, nor the day, nor what else is shown."""
    person = student(education="bachelor", wanted_cities=("420100",), salary_floor=3000)
    offer = position(occupation_code="2-01-01-01", education="bachelor")

    base = proxy_set._worth(person, "2-01-01-01", offer)
    assert base == pytest.approx(4.8)
    assert proxy_set._worth(replace(person, id=9, text="别的"), "2-01-01-01", replace(offer, id=3)) == base
