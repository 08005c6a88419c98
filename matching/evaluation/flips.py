"""What happens to a score when a protected attribute is told otherwise: nothing.

Made-up people say their sex, people, age, birth date, marital state, household, disability, name and photo in free
text, in Chinese and English; made-up postings ask for them. Each is flipped alone and all together, and every pair
is scored again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching import bench, serving
from matching.rankers.base import Ranker
from matching.retrieval import full_scores
from matching.types import Position, Student

# attribute → two ways to tell it.
TOLD: dict[str, tuple[str, str]] = {
    "sex": ("性别：男", "性别：女"),
    "sex, English": ("a man", "a woman"),
    "birth date": ("出生日期：2004-05-06", "出生日期：1979-12-31"),
    "age": ("22岁", "46周岁"),
    "ethnicity": ("汉族", "维吾尔族"),
    "household registration": ("户籍：湖北武汉", "户籍：新疆喀什"),
    "disability": ("健全", "残疾人"),
    "disability, English": ("", "disabled"),
    "marital status": ("未婚", "已婚已育"),
    "marital status, English": ("unmarried", "married"),
    "name": ("姓名：张伟", "姓名：阿依古丽"),
    "photo": ("照片：a1.jpg", "照片：b2.jpg"),
}
_ASKED = "，限{}，{}以下，{}"


@dataclass(frozen=True)
class Flips:
    """Pairs scored, and the largest change of any score per attribute flipped and for all at once."""

    pairs: int
    changes: dict[str, float]

    @property
    def most(self) -> float:
        """The largest change of all."""
        return max(self.changes.values())


def flips(*, pairs: int = 10_000, seed: int = 0, ranker: Ranker | None = None) -> Flips:
    """Scores at least so many pairs, each attribute flipped alone and all together."""
    side = int(np.ceil(np.sqrt(pairs)))
    people, offers = bench.made_up(side, side, seed=seed)
    asked = _ASKED.format("男性", "30岁", "汉族")
    offers = [replace(one, text=one.text + asked, title=f"{one.title}（限女生）") for one in offers]
    serves = ranker or serving.ranker()
    plain = {name: ways[0] for name, ways in TOLD.items()}
    before = _scores(serves, people, offers, plain)
    changes = {
        name: float(np.abs(_scores(serves, people, offers, {**plain, name: ways[1]}) - before).max())
        for name, ways in TOLD.items()
    }
    other = {name: ways[1] for name, ways in TOLD.items()}
    changes["all at once"] = float(np.abs(_scores(serves, people, offers, other) - before).max())
    return Flips(before.size, changes)


def _scores(
    ranker: Ranker, people: Sequence[Student], offers: Sequence[Position], told: dict[str, str]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    words = "，".join(told.values())
    headline = "，".join(told[name] for name in ("sex", "age", "ethnicity"))
    changed = [
        replace(
            one, text=f"{words}。{one.text}", headlines=(*one.headlines, f"{headline}，{one.headlines[0]}")
        )
        for one in people
    ]
    return full_scores(ranker, changed, offers, bench.TODAY)
