"""How things stand around a position. Values lie in [0, 1], higher never fits worse."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.features.arrays import Columns, Floats, Grid, Pairs, days
from matching.features.columns import product
from matching.features.registry import feature
from matching.types import Position


@feature(
    0.5,
    ("竞争", "Competition"),
    ("申请人数相对较少", "Few have applied per opening"),
    ("申请人数较多", "Many have applied per opening"),
)
def competition(pairs: Pairs) -> Grid:
    """Openings over openings and applicants, 0 to 1; missing: no openings stated."""
    columns, rooms = pairs.positions.keyed("room", _room)
    return Grid(rooms.numbers("itself", lambda room: room)[None, :], None, columns)


def _room(position: Position) -> float | None:
    if position.openings <= 0:
        return None
    return position.openings / (position.openings + max(position.applicants, 0))


@feature(
    0.5,
    ("发布时间", "Freshness"),
    ("职位发布不久", "The position was published lately"),
    ("职位发布已久", "The position was published long ago"),
)
def freshness(pairs: Pairs) -> Grid:
    """1 on the day of publication, 0 from 90 days on; missing: no day given to look on, or none published."""
    day = days(pairs.on)
    columns, dates = pairs.positions.keyed("published", lambda p: p.published_on)
    age = (np.nan if day is None else day) - dates.numbers("day", days)
    return Grid(np.clip(1.0 - age / 90.0, 0.0, 1.0)[None, :], None, columns)


@feature(
    0.8,
    ("回应速度", "Response"),
    ("公司通常及时回应申请", "The company usually answers applications in time"),
    ("公司较少及时回应申请", "The company seldom answers applications in time"),
)
def responsiveness(pairs: Pairs) -> Grid:
    """Share of applications the company answered in time, 0 to 1; missing: not known yet."""
    columns, rates = pairs.positions.keyed("response", lambda p: p.response_rate)
    return Grid(np.clip(rates.numbers("itself", lambda rate: rate), 0.0, 1.0)[None, :], None, columns)


@feature(
    1.5,
    ("双方关注", "Mutual interest"),
    ("双方已有关注或联系", "One side has already turned to the other"),
    ("双方尚无联系", "Neither side has turned to the other yet"),
    side="both",
)
def mutual_interest(pairs: Pairs) -> Grid:
    """0.5 where the company noticed the student, 0.5 where the student follows it; missing: company not known."""
    return pairs.by_key("interest", lambda s: (s.noticed_by, s.follows), lambda p: p.company_id, _turned)


def _turned(left: Columns[Any], right: Columns[Any]) -> Floats:
    company = right.sets("company", lambda id_: (f"company {id_}",))
    total = np.zeros((len(left), len(right)))
    for way in (0, 1):
        ids = left.sets(f"companies {way}", lambda both, n=way: {f"company {id_}" for id_ in both[n]})  # type: ignore[misc]
        total += 0.5 * np.minimum(product(ids, company), 1.0)
    total[:, ~right.flags("any", bool)] = np.nan
    return total
