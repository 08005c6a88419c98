"""Run a labelled set through an engine, as a visitor's search would go, beside what it is held against."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeAlias

from search.documents import PositionDocument
from search.engines.base import everywhere, stored, words_of
from search.evaluation.baselines import DEPTH, System
from search.evaluation.metrics import Mean, average_precision, hit, mean, ndcg, reciprocal_rank
from search.evaluation.sets import DAY, LabelledSet
from search.query import Filters, PositionQuery
from search.serving import Find, Known, understood
from search.spelling import Speller
from search.terms import Tokens

OURS = "ours"
Measure: TypeAlias = Callable[[Sequence[int], Collection[int]], float]
MEASURES: dict[str, Measure] = {
    "ndcg@10": partial(ndcg, depth=10),
    "map": average_precision,
    "mrr": reciprocal_rank,
    "hit@1": partial(hit, depth=1),
    "hit@5": partial(hit, depth=5),
}


@dataclass(frozen=True)
class Figures:
    """Means of one system over all queries, and how far its nDCG@10 lies from that of the best baseline."""

    measures: dict[str, Mean]
    beyond: Mean


@dataclass(frozen=True)
class Outcome:
    """What was asked of how many documents, and the figures of each system."""

    queries: int
    documents: int
    systems: dict[str, Figures]

    @property
    def measures(self) -> dict[str, Mean]:
        return self.systems[OURS].measures


def served(find: Find, known: Known) -> System:
    """The product's search, read as far as a ranking goes; the engine must hold exactly the documents of the set."""

    def ranked(text: str) -> list[int]:
        query = PositionQuery(text, Filters(school_ids=None), size=DEPTH, now=DAY)
        return understood(query, find, known).ids

    return ranked


def known(documents: Collection[PositionDocument]) -> Known:
    """The words of these documents, as the embedded index would have them."""

    @cache
    def speller() -> Speller:
        return Speller(Counter(word for document in documents for word in words_of(document)))

    @cache
    def held() -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for document in documents:
            for token in everywhere(stored(document)):
                found.setdefault(token, set()).add(document.id)
        return found

    def without(rows: Collection[Tokens]) -> set[Tokens]:
        return {row for row in rows if not set.intersection(*(held().get(token, set()) for token in row))}

    return Known(speller, without)


def evaluate(
    labelled: LabelledSet, systems: Mapping[str, System], done: Callable[[str], None] = lambda _name: None
) -> Outcome:
    """Ask every query of every system, ours among them; `done` hears of each answer.

    The interval of `beyond` is that of a paired bootstrap over the queries.
    """
    values = {name: _measured(system, labelled, partial(done, name)) for name, system in systems.items()}
    against = [found["ndcg@10"] for name, found in values.items() if name != OURS]
    best = max(against, key=sum, default=values[OURS]["ndcg@10"])
    return Outcome(
        len(labelled.queries),
        len(labelled.documents),
        {
            name: Figures(
                {measure: mean(each) for measure, each in found.items()},
                mean([mine - theirs for mine, theirs in zip(found["ndcg@10"], best, strict=True)]),
            )
            for name, found in values.items()
        },
    )


def _measured(system: System, labelled: LabelledSet, done: Callable[[], None]) -> dict[str, list[float]]:
    """Each measure of each query."""
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for text, relevant in labelled.queries:
        ids = system(text)
        for name, measure in MEASURES.items():
            values[name].append(measure(ids, relevant))
        done()
    return values
