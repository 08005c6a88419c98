"""Run a labelled set through an engine, as a visitor's search would go, beside what it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from search.evaluation.baselines import DEPTH, System
from search.evaluation.metrics import Mean, average_precision, hit, mean, ndcg, reciprocal_rank
from search.evaluation.sets import DAY, LabelledSet
from search.query import MAX_SIZE, Filters, PositionQuery
from search.results import SearchPage

OURS = "ours"


class Finder(Protocol):
    """What answers a query."""

    def find(self, query: PositionQuery) -> SearchPage: ...


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


def served(finder: Finder) -> System:
    """The product's search, page after page; the finder must hold exactly the documents of the set."""

    def ranked(text: str) -> list[int]:
        ids: list[int] = []
        query = PositionQuery(text, Filters(school_ids=None), size=MAX_SIZE, now=DAY)
        while len(ids) < DEPTH:
            page = finder.find(query)
            ids += page.ids
            if not page.next_cursor:
                break
            query = PositionQuery(text, query.filters, size=MAX_SIZE, now=DAY, cursor=page.next_cursor)
        return ids

    return ranked


def evaluate(finder: Finder, labelled: LabelledSet, baselines: Mapping[str, System] | None = None) -> Outcome:
    """Ask every query of every system. The interval of `beyond` is that of a paired bootstrap over the queries."""
    values = {
        name: _measured(system, labelled)
        for name, system in {OURS: served(finder), **(baselines or {})}.items()
    }
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


def _measured(system: System, labelled: LabelledSet) -> dict[str, list[float]]:
    """Each measure of each query."""
    ranked = [(system(text), relevant) for text, relevant in labelled.queries]
    return {
        "ndcg@10": [ndcg(ids, relevant, 10) for ids, relevant in ranked],
        "map": [average_precision(ids, relevant) for ids, relevant in ranked],
        "mrr": [reciprocal_rank(ids, relevant) for ids, relevant in ranked],
        "hit@1": [hit(ids, relevant, 1) for ids, relevant in ranked],
        "hit@5": [hit(ids, relevant, 5) for ids, relevant in ranked],
    }
