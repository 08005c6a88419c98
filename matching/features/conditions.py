"""Where, what kind, for how much and when. Values lie in [0, 1], higher never fits worse."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.features.ability import _any
from matching.features.arrays import Columns, Floats, Grid, Pairs, days
from matching.features.columns import product
from matching.features.registry import feature
from matching.types import Position

_WANTED = ((2, 0.4), (4, 0.8), (6, 1.0))
_DAILY = ((2, 0.1), (4, 0.6), (6, 1.0))
# Beijing, Tianjin, Shanghai and Chongqing are one city each: their first two digits name it already.
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


def _cut(code: str, size: int) -> str:
    """The province (2), the city (4) or the district (6) of a division code."""
    return code[:2] if size == 4 and code[:2] in _MUNICIPALITIES else code[:size]


def _near(worths: tuple[tuple[int, float], ...], left: Columns[Any], right: Columns[Any]) -> Floats:
    """Division codes compared by province, city and district."""
    values = np.zeros((len(left), len(right)))
    for size, worth in worths:
        wanted = left.sets(f"first {size}", lambda codes, n=size: {_cut(code, n) for code in codes})  # type: ignore[misc]
        offered = right.sets(f"first {size}", lambda code, n=size: {_cut(code, n)})  # type: ignore[misc]
        values[product(wanted, offered) > 0] = worth
    values[~left.flags("any", any), :] = np.nan
    values[:, ~right.flags("any", bool)] = np.nan
    return values


def _where(position: Position) -> str:
    return position.district or position.city_code


@feature(
    2.0,
    ("工作地点", "Place"),
    ("工作地点符合意向", "The place is wanted"),
    ("工作地点不在意向之内", "The place is not wanted"),
)
def place(pairs: Pairs) -> Grid:
    """1 a wanted district, 0.8 city, 0.4 province, else 0; missing: no wish or no place."""

    def table(left: Columns[Any], right: Columns[Any]) -> Floats:
        # Whoever wants a city and is offered a district of it has what they want.
        values = _near(_WANTED, left, right)
        whole = left.sets("cities", lambda codes: {_cut(c, 4) for c in codes if c[4:] == "00"})
        values[product(whole, right.sets("city", lambda code: {_cut(code, 4)})) > 0] = 1.0
        return values

    return pairs.by_key("place", lambda s: s.wanted_cities, _where, table, offered="where")


@feature(
    0.8,
    ("通勤", "Way to work"),
    ("通勤较近", "The way to work is short"),
    ("通勤较远", "The way to work is long"),
)
def commute(pairs: Pairs) -> Grid:
    """1 in the district they start from, 0.6 in the city, 0.1 in the province, else 0; missing: either not known."""
    return pairs.by_key(
        "commute",
        lambda s: (s.based_in,) if s.based_in else (),
        _where,
        lambda left, right: _near(_DAILY, left, right),
        offered="where",
    )


@feature(
    1.5,
    ("职位类型", "Kind"),
    ("职位类型符合意向", "The kind of work is wanted"),
    ("职位类型不在意向之内", "The kind of work is not wanted"),
)
def kind(pairs: Pairs) -> Grid:
    """1 for a wanted kind, else 0; missing: no wish or no kind."""
    return pairs.by_key(
        "kind",
        lambda s: frozenset(s.wanted_kinds),
        lambda p: frozenset({p.kind} - {""}),
        _any,
    )


def _pay(pairs: Pairs, name: str, wish: str, table: Any) -> Grid:
    return pairs.by_key(
        name, lambda s: getattr(s, wish), lambda p: (p.salary_min, p.salary_max), table, offered="pay"
    )


def _wish(columns: Columns[Any]) -> Floats:
    return columns.numbers("wish", lambda value: value)[:, None]


def _low(columns: Columns[Any]) -> Floats:
    return columns.numbers("low", lambda pay: pay[0])[None, :]


def _top(columns: Columns[Any]) -> Floats:
    return columns.numbers("top", lambda pay: pay[0] if pay[1] is None else pay[1])[None, :]


@feature(
    1.5,
    ("薪资", "Salary"),
    ("薪资达到期望", "The pay reaches the wish"),
    ("薪资低于期望", "The pay is below the wish"),
)
def salary(pairs: Pairs) -> Grid:
    """Top pay over the wished floor, 1 when reached, 0 at half of it; missing: no wish or no pay given."""
    return _pay(pairs, "salary", "salary_floor", _reached)


def _reached(left: Columns[Any], right: Columns[Any]) -> Floats:
    # A wish of nothing is reached by no pay too.
    share = np.clip(2.0 * _top(right) / np.maximum(_wish(left), 1.0) - 1.0, 0.0, 1.0)
    return np.where(_top(right) >= _wish(left), 1.0, share)


@feature(
    0.5,
    ("起薪", "Starting pay"),
    ("起薪达到期望", "The lowest pay already reaches the wish"),
    ("起薪低于期望", "The lowest pay is below the wish"),
)
def salary_sure(pairs: Pairs) -> Grid:
    """Lowest pay over the wished floor, at most 1; missing: no wish or no lowest pay given."""
    return _pay(pairs, "salary_sure", "salary_floor", _sure)


def _sure(left: Columns[Any], right: Columns[Any]) -> Floats:
    share = np.clip(_low(right) / np.maximum(_wish(left), 1.0), 0.0, 1.0)
    return np.where(_low(right) >= _wish(left), 1.0, share)


@feature(
    0.5,
    ("理想薪资", "Pay hoped for"),
    ("薪资范围够得着理想薪资", "The range of pay reaches what is hoped for"),
    ("薪资范围够不着理想薪资", "The range of pay stays below what is hoped for"),
)
def salary_overlap(pairs: Pairs) -> Grid:
    """Share of the range of pay at or above what is hoped for, 0 to 1; missing: no hope stated or no pay given."""
    return _pay(pairs, "salary_overlap", "salary_hope", _overlap)


def _overlap(left: Columns[Any], right: Columns[Any]) -> Floats:
    low, top, hope = _low(right), _top(right), _wish(left)
    low = np.where(np.isnan(low), top, low)
    width = np.maximum(top - low, 1.0)
    return np.clip((top - hope + 1.0) / width, 0.0, 1.0)


@feature(
    0.7,
    ("到岗时间", "Start"),
    ("能按时到岗", "The start date can be met"),
    ("到岗时间较晚", "Available only after the start"),
    side="company",
)
def availability(pairs: Pairs) -> Grid:
    """1 when free by the start, falling to 0 at 90 days late; missing: either date not given."""
    return pairs.by_key("availability", lambda s: s.available_from, lambda p: p.starts_on, _in_time)


def _in_time(left: Columns[Any], right: Columns[Any]) -> Floats:
    late = left.numbers("day", days)[:, None] - right.numbers("day", days)[None, :]
    return np.clip(1.0 - late / 90.0, 0.0, 1.0)
