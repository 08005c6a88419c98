"""How quick matching is, on made-up people and positions of a stated size.

Everything is measured in one run beside a bare numpy product of the same size (sentence vectors of 512 numbers on
both sides), so that a figure can be read on any machine. Nothing here resembles a real person or company.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from time import perf_counter, process_time
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from matching import serving, two_sided
from matching.catalogue import Catalogue
from matching.features.arrays import Floats
from matching.features.meaning import WIDTH, meanings
from matching.features.protected import readable
from matching.ranking import best
from matching.retrieval import full_scores
from matching.types import KINDS, Position, Student

TODAY = date(2026, 5, 1)
_GRADES = ("初级", "中级", "高级", "实习", "见习", "资深", "储备", "应届", "夜班", "驻外")
_FIELDS = (
    "汽车", "电子", "食品", "纺织", "物流", "建筑", "化工", "医疗", "教育", "旅游", "金融", "农业", "能源", "通信",
    "家电", "船舶", "航空", "轨道", "印刷", "玩具",
)  # fmt: skip
_JOBS = (
    "焊接工", "数控操作员", "会计", "出纳", "护士", "程序员", "测试员", "客服", "销售", "司机", "仓库管理员", "电工",
    "机械设计员", "质检员", "采购员", "厨师", "店长", "文员", "教师", "运维工程师",
)  # fmt: skip
_SKILLS = tuple(f"{field}{verb}" for field in _FIELDS for verb in ("装配", "检测", "制图", "维修", "管理"))
_HEADS = "设流团客安质生记沟按协现负熟"
_WORDS = tuple(head + tail for head in _HEADS for tail in "备程队户全量产录通时助场责悉")
T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """One measured number, its unit and the bar it has to keep, if there is one.

    cpu: the same in time of the processor, which a busy machine stretches less than time on the wall; told, not judged.
    """

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    cpu: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the bar holds; a figure without one cannot miss it."""
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    def __str__(self) -> str:
        bar = "" if self.most is None else f" (bar ≤ {self.most:g})"
        bar += "" if self.least is None else f" (bar ≥ {self.least:g})"
        bar += "" if self.cpu is None else f" (cpu {self.cpu:.4g})"
        return f"{self.name}: {self.value:.4g} {self.unit}{bar}{'' if self.kept else ' MISSED'}"


def made_up(students: int, positions: int, *, seed: int = 0) -> tuple[list[Student], list[Position]]:
    """People and positions in 60 cities, 4,000 distinct titles, 100 skills; the same for the same seed."""
    random = np.random.default_rng(seed)
    return (
        [_student(number, random) for number in range(1, students + 1)],
        [_position(number, random) for number in range(1, positions + 1)],
    )


def measure_one(
    positions: int,
    *,
    seed: int = 0,
    asked: int = 60,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Figure]:
    """One student over all positions, one after another, and how it grows.

    A student is met first as a stranger (their words are read then, which the encoder needs most of), later as known.
    """
    say = progress or (lambda _: None)
    people, offers = made_up(2 * asked, positions, seed=seed)
    say(f"{len(people)} students and {positions} positions made up")
    catalogue, seconds = _timed(partial(_warm, offers))
    yield Figure("catalogue of positions built", seconds, "s")
    most = 80.0 if positions <= 100_000 else None
    for met in ("first", "again"):
        start = process_time()
        times = _times(people[:asked], catalogue)
        mean = (process_time() - start) * 1000 / asked
        yield Figure(f"one student met {met}, top 20, p50", float(np.quantile(times, 0.5)), "ms", cpu=mean)
        yield Figure(f"one student met {met}, top 20, p95", float(np.quantile(times, 0.95)), "ms", most=most)
    bare = _bare(positions)
    yield Figure("a bare product of the same size", bare, "ms")
    yield Figure("p50 over the bare product", float(np.quantile(times, 0.5)) / bare, "×")
    found = [recall(student, catalogue, offers) for student in people[:10]]
    yield Figure("true first 20 found by two stages", float(np.mean(found)), "share", least=0.95)
    for part in (4, 2):
        fewer = _warm(offers[: positions // part])
        p50 = float(np.quantile(_times(people[:asked], fewer), 0.5))
        yield Figure(f"one student over {positions // part} positions, p50", p50, "ms")


def measure_batch(students: int, positions: int, *, seed: int = 0) -> Iterator[Figure]:
    """Everybody over everything: the student's order, the company's and what is mutual; memory and growth."""
    people, offers = made_up(students, positions, seed=seed)
    bars = students <= 2000 and positions <= 6000
    reading = _timed(partial(_read, people, offers))[1]
    yield Figure("words of everybody read by the encoder, once per text", reading, "s")
    start = process_time()
    whole = _timed(partial(_all_pairs, people, offers))[1]
    cpu = process_time() - start
    yield Figure(
        "everybody over everything, both directions", whole, "s", most=30.0 if bars else None, cpu=cpu
    )
    bare = min(_timed(partial(_product, students, positions))[1] for _ in range(3))
    yield Figure("the same over a bare product", whole / bare, "×")
    yield Figure("highest memory of the process", peak_memory(), "MB", most=1000.0 if bars else None)
    for part in (4, 2):
        fewer = _timed(partial(_all_pairs, people[: students // part], offers))[1]
        yield Figure(f"the same for 1/{part} of the students", fewer, "s")
        fewer = _timed(partial(_all_pairs, people, offers[: positions // part]))[1]
        yield Figure(f"the same for 1/{part} of the positions", fewer, "s")


def peak_memory() -> float:
    """The most this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def recall(student: Student, catalogue: Catalogue, offers: list[Position], limit: int = 20) -> float:
    """Share of the true first `limit`, every pair scored in full, that the two stages find."""
    scores = full_scores(serving.ranker(), [student], offers, TODAY)[0]
    ids = [offer.id for offer in offers]
    true = {ids[i] for i in best(scores, ids, limit)}
    found = {match.position_id for match in catalogue.rank(student, limit=limit, on=TODAY)}
    return len(true & found) / len(true)


def _times(people: list[Student], catalogue: Catalogue) -> list[float]:
    """Milliseconds per student."""
    ask = partial(catalogue.rank, limit=20, on=TODAY)
    return [_timed(partial(ask, student))[1] * 1000 for student in people]


def _warm(offers: list[Position]) -> Catalogue:
    catalogue = Catalogue(offers)
    catalogue.warm()
    return catalogue


def _bare(positions: int, rounds: int = 20) -> float:
    """Median time of one vector times all vectors, in ms."""
    random = np.random.default_rng(0)
    many = random.random((positions, WIDTH), dtype=np.float32)
    one = random.random(WIDTH, dtype=np.float32)
    return float(np.median([_timed(lambda: many @ one)[1] for _ in range(rounds)]) * 1000)


def _product(students: int, positions: int) -> Floats:
    random = np.random.default_rng(0)
    left = random.random((students, WIDTH), dtype=np.float32)
    right = random.random((positions, WIDTH), dtype=np.float32)
    return np.asarray(left @ right.T)


def _read(people: list[Student], offers: list[Position]) -> None:
    meanings([line for one in people for line in (readable(one.text), *map(readable, one.headlines))])
    meanings([readable(offer.title) for offer in offers])


def _all_pairs(people: list[Student], offers: list[Position], limit: int = 20) -> None:
    """Every pair scored, the first of every student and of every position, and what is mutual."""
    scores, _mutual = two_sided.both_matrices(serving.ranker(), people, offers, TODAY)
    for axis in (0, 1):
        np.argpartition(scores, -min(limit, scores.shape[axis]), axis=axis)


def _timed(run: Callable[[], T]) -> tuple[T, float]:
    start = perf_counter()
    with threadpool_limits(1):
        result = run()
    return result, perf_counter() - start


def _some(random: np.random.Generator, items: tuple[str, ...], most: int) -> tuple[str, ...]:
    return tuple(items[i] for i in random.choice(len(items), random.integers(1, most + 1), replace=False))


def _title(random: np.random.Generator) -> str:
    return "".join(items[random.integers(len(items))] for items in (_GRADES, _FIELDS, _JOBS))


def _code(random: np.random.Generator) -> str:
    return "-".join(f"{n:02d}" if place else str(n) for place, n in enumerate(random.integers(1, 7, 4)))


def _city(random: np.random.Generator) -> str:
    return f"{random.integers(11, 21)}{random.integers(1, 7):02d}00"


def _text(random: np.random.Generator, words: int) -> str:
    return "".join(_WORDS[i] for i in random.integers(0, len(_WORDS), words))


def _student(number: int, random: np.random.Generator) -> Student:
    titles = tuple(_title(random) for _ in range(3))
    skills = _some(random, _SKILLS, 8)
    floor = int(random.integers(3, 10)) * 1000
    return Student(
        id=number,
        major=str(random.choice(_FIELDS)),
        major_code=f"{random.integers(41, 60)}01{random.integers(1, 9):02d}",
        education=str(random.choice(["secondary", "associate", "bachelor"])),
        skills=skills,
        certificates=_some(random, _SKILLS, 2),
        experience_months=int(random.integers(0, 24)),
        wanted_occupations=(_code(random), _code(random)),
        wanted_cities=(_city(random), _city(random)),
        wanted_kinds=(str(random.choice(KINDS)),),
        salary_floor=floor,
        text=titles[0] + _text(random, 40),
        available_from=TODAY + timedelta(days=int(random.integers(0, 120))),
        salary_hope=floor + 2000,
        skill_levels=tuple((skill, int(random.integers(1, 4))) for skill in skills[:3]),
        taught_skills=_some(random, _SKILLS, 5),
        major_occupations=(_code(random),),
        past_occupations=(_code(random),),
        headlines=titles,
        based_in=_city(random),
        noticed_by=(int(random.integers(1, 500)),),
        follows=(int(random.integers(1, 500)),),
    )


def _position(number: int, random: np.random.Generator) -> Position:
    low = int(random.integers(3, 12)) * 1000
    title = _title(random)
    skills = _some(random, _SKILLS, 5)
    return Position(
        id=number,
        title=title,
        occupation_code=_code(random),
        majors=(str(random.choice(_FIELDS)), f"{random.integers(41, 60)}01"),
        skills=skills,
        education=str(random.choice(["any", "secondary", "associate", "bachelor"])),
        experience_months=int(random.choice([0, 0, 6, 12])),
        city_code=_city(random),
        kind=str(random.choice(KINDS)),
        salary_min=low,
        salary_max=low + 2000,
        text=title + _text(random, 60),
        openings=int(random.integers(1, 20)),
        applicants=int(random.integers(0, 80)),
        published_on=TODAY - timedelta(days=int(random.integers(0, 90))),
        starts_on=TODAY + timedelta(days=int(random.integers(0, 120))),
        wanted_skills=_some(random, _SKILLS, 3),
        skill_levels=((skills[0], 2),),
        certificates=_some(random, _SKILLS, 1),
        company_id=int(random.integers(1, 500)),
        response_rate=float(random.integers(0, 11)) / 10,
    )
