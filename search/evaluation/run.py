"""Run a labelled set through an engine, as a visitor's search would go."""

from dataclasses import dataclass
from typing import Protocol

from search.evaluation.metrics import Mean, hit, mean, ndcg, reciprocal_rank
from search.evaluation.sets import DAY, LabelledSet
from search.query import Filters, PositionQuery
from search.results import SearchPage

DEPTH = 10


class Finder(Protocol):
    """What answers a query."""

    def find(self, query: PositionQuery) -> SearchPage: ...


@dataclass(frozen=True)
class Outcome:
    """Means over all queries of a set."""

    queries: int
    documents: int
    measures: dict[str, Mean]


def evaluate(finder: Finder, labelled: LabelledSet) -> Outcome:
    """Ask every query and measure its first ten; the finder must hold exactly the documents of the set."""
    ranked = [
        (finder.find(PositionQuery(text, Filters(school_ids=None), size=DEPTH, now=DAY)).ids, relevant)
        for text, relevant in labelled.queries
    ]
    measures = {
        "ndcg@10": [ndcg(ids, relevant, DEPTH) for ids, relevant in ranked],
        "mrr@10": [reciprocal_rank(ids, relevant) for ids, relevant in ranked],
        "hit@1": [hit(ids, relevant, 1) for ids, relevant in ranked],
        "hit@5": [hit(ids, relevant, 5) for ids, relevant in ranked],
    }
    return Outcome(
        len(ranked), len(labelled.documents), {name: mean(values) for name, values in measures.items()}
    )
