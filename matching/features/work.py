"""What the work is: occupation and texts. Values lie in [0, 1], higher never fits worse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from matching.features.arrays import Columns, Floats, Grid, Pairs, unknown
from matching.features.columns import Codes, Vectors, product
from matching.features.meaning import STEP, available
from matching.features.protected import readable
from matching.features.registry import feature
from matching.types import Position, Student

# Cosines of unrelated titles lie around 0.2, of the same work above 0.8.
_UNRELATED, _SAME = 0.1, 0.9


def _text(student: Student) -> str:
    return student.text


def _title(position: Position) -> str:
    return position.title


def _description(position: Position) -> str:
    return position.text


def _code(position: Position) -> str:
    return position.occupation_code


def _headlines(student: Student) -> list[str]:
    return [line for line in student.headlines if readable(line)]


def _titles(pairs: Pairs) -> tuple[Codes, Columns[Any]]:
    """Which of the distinct titles each position has, and the titles."""
    return pairs.positions.keyed("title", _title)


def _prefixes(codes: Iterable[str], depth: int) -> set[str]:
    """Codes such as 2-02-10-03 cut to some levels; a code of fewer levels has no such prefix."""
    parts = (code.split("-") for code in codes)
    return {"-".join(part[:depth]) for part in parts if len(part) >= depth} - {""}


def _tree(wanted: Columns[Any], offered: Columns[Any]) -> Floats:
    best = np.zeros((len(wanted), len(offered)))
    for depth in range(1, 5):
        left = wanted.sets(f"depth {depth}", lambda codes, d=depth: _prefixes(codes, d))  # type: ignore[misc]
        right = offered.sets(f"depth {depth}", lambda code, d=depth: _prefixes((code,), d))  # type: ignore[misc]
        best[product(left, right) > 0] = depth / 4
    exact = product(wanted.sets("codes", lambda codes: codes), offered.sets("code", lambda code: (code,)))
    best[exact > 0] = 1.0
    best[~wanted.flags("any", any), :] = np.nan
    best[:, ~offered.flags("any", bool)] = np.nan
    return best


@feature(
    4.0,
    ("职业意向", "Occupation"),
    ("职业与求职意向相近", "The occupation is close to what is wanted"),
    ("职业与求职意向相差较远", "The occupation is far from what is wanted"),
)
def occupation(pairs: Pairs) -> Grid:
    """Levels of the occupation tree shared with a wish, 0 to 1; missing: no wish stated or no code."""
    return pairs.by_key("occupation", lambda s: s.wanted_occupations, _code, _tree, offered="code")


@feature(
    1.5,
    ("专业去向", "Where the major leads"),
    ("职业属于该专业的就业方向", "The major leads to this occupation"),
    ("职业不在该专业的就业方向内", "The major leads elsewhere"),
)
def major_occupation(pairs: Pairs) -> Grid:
    """Levels of the occupation tree shared with where the major leads, 0 to 1; missing: not known, no code."""
    return pairs.by_key("major_occupation", lambda s: s.major_occupations, _code, _tree, offered="code")


@feature(
    1.0,
    ("以往工作", "Work done before"),
    ("与以往做过的工作相近", "The work is close to what was done before"),
    ("与以往做过的工作不同", "The work differs from what was done before"),
)
def past_occupation(pairs: Pairs) -> Grid:
    """Levels of the occupation tree shared with past work, 0 to 1; missing: no past work or no code."""
    return pairs.by_key("past_occupation", lambda s: s.past_occupations, _code, _tree, offered="code")


@feature(
    1.0,
    ("职位名称", "Title"),
    ("简历内容与职位名称相符", "The resume speaks of the title"),
    ("简历很少提到该职位名称", "The resume hardly speaks of the title"),
)
def title_similarity(pairs: Pairs) -> Grid:
    """Bigram cosine of resume and title, 0 to 1; missing: either is blank."""
    return pairs.similarity("text", _text, "title", _title)


@feature(
    1.0,
    ("职位描述", "Description"),
    ("简历与职位描述相似", "Resume and description are alike"),
    ("简历与职位描述相似度低", "Resume and description differ"),
    rough=unknown,
)
def text_similarity(pairs: Pairs) -> Grid:
    """Bigram cosine of resume and description, 0 to 1; missing: either is blank."""
    return pairs.similarity("text", _text, "description", _description)


def _best(values: Floats, starts: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    """The highest row per student; NaN for students without any."""
    counts = np.diff(starts)
    found = np.full((len(counts), values.shape[1]), np.nan)
    some = np.flatnonzero(counts)
    if len(some):
        found[some] = np.maximum.reduceat(values, starts[some], axis=0)
    return found


@feature(
    1.5,
    ("求职方向", "Headlines"),
    ("职位名称与求职方向一致", "The title matches work held or wanted"),
    ("职位名称与求职方向不一致", "The title matches no work held or wanted"),
)
def headline_similarity(pairs: Pairs) -> Grid:
    """Bigram cosine of the title and the nearest headline, 0 to 1; missing: no headline or no title."""
    starts, lines = pairs.students.spread("headlines", _headlines)
    codes, titles = _titles(pairs)
    offered = titles.bigrams("itself", str)
    values = product(lines.bigrams("line", str), offered) if len(lines) else np.zeros((0, len(titles)))
    best = np.clip(_best(values, starts), 0.0, 1.0)
    best[:, titles.blank("itself", str)] = np.nan
    return Grid(best, None, codes)


def _related(cosines: Vectors | Floats) -> Floats:
    """Cosines stretched so that unrelated is 0 and the same work is 1."""
    return np.clip((cosines.astype(np.float64) - _UNRELATED) / (_SAME - _UNRELATED), 0.0, 1.0)


def _cosines(left: Columns[Any], name: str, of: Any, titles: Columns[Any], rough: bool) -> Vectors | Floats:
    if not rough:
        # Sums of products of whole numbers, below 2 to the 24: exact, so a pair is the same in any company.
        products = left.steps(name, of) @ titles.steps("itself", str).T
        return np.asarray(products * STEP**2, dtype=np.float64)
    if len(left) > len(titles):
        turned, directions = left.rough_meanings(name, of)
        return np.asarray(turned @ (titles.meanings("itself", str) @ directions).T)
    turned, directions = titles.rough_meanings("itself", str)
    return np.asarray((left.meanings(name, of) @ directions) @ turned.T)


def _meaning(pairs: Pairs, rough: bool) -> Grid:
    if not available():
        return unknown(pairs)
    codes, titles = _titles(pairs)
    values = _related(_cosines(pairs.students, "text", _text, titles, rough))
    values[pairs.students.blank("text", _text), :] = np.nan
    values[:, titles.blank("itself", str)] = np.nan
    return Grid(values, None, codes)


def _headline_meaning(pairs: Pairs, rough: bool) -> Grid:
    if not available():
        return unknown(pairs)
    starts, lines = pairs.students.spread("headlines", _headlines)
    codes, titles = _titles(pairs)
    best = _best(_related(_cosines(lines, "line", str, titles, rough)), starts)
    best[:, titles.blank("itself", str)] = np.nan
    return Grid(best, None, codes)


@feature(
    1.5,
    ("内容含义", "Meaning"),
    ("简历与职位在含义上相近", "Resume and title mean similar work"),
    ("简历与职位在含义上相差较远", "Resume and title mean different work"),
    rough=lambda pairs: _meaning(pairs, rough=True),
)
def meaning(pairs: Pairs) -> Grid:
    """Cosine of sentence vectors of resume and title, stretched to 0 to 1; missing: blank, or no encoder."""
    return _meaning(pairs, rough=False)


@feature(
    2.0,
    ("方向含义", "Meaning of headlines"),
    ("职位与求职方向含义相近", "The title means work held or wanted"),
    ("职位与求职方向含义相差较远", "The title means other work than held or wanted"),
    rough=lambda pairs: _headline_meaning(pairs, rough=True),
)
def headline_meaning(pairs: Pairs) -> Grid:
    """Cosine of sentence vectors of the title and the nearest headline, stretched to 0 to 1; missing: as meaning."""
    return _headline_meaning(pairs, rough=False)
