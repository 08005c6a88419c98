"""The only import for others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from matching import artifacts, raising, serving, two_sided
from matching import explain as words
from matching import ranking as order
from matching.artifacts import Card
from matching.catalogue import Catalogue, StudentCatalogue
from matching.evaluation.agreement import Agreement, agreement, draw_pairs
from matching.evaluation.audit import BOTH, Audit, audit
from matching.evaluation.groups import FEWEST_PEOPLE, FOUR_FIFTHS
from matching.features.arrays import Columns, Floats, Pairs
from matching.features.meaning import share as share_encoder
from matching.features.registry import REGISTRY, extract
from matching.rankers.baseline import Baseline
from matching.retrieval import full_scores
from matching.training.files import write_interactions
from matching.two_sided import MOST_GIVEN, Moved, exposure_moved
from matching.types import Difference, Interaction, Match, Position, Student, Suggestion

__all__ = [
    "BOTH",
    "FEWEST_PEOPLE",
    "FOUR_FIFTHS",
    "MOST_GIVEN",
    "RULES",
    "Agreement",
    "Audit",
    "Card",
    "Catalogue",
    "Moved",
    "StudentCatalogue",
    "active_model",
    "agreement",
    "audit",
    "best_for_company",
    "cards",
    "compare",
    "draw_pairs",
    "explain",
    "explain_pairs",
    "explain_to_company",
    "exposure_moved",
    "feature_label",
    "learnt_from",
    "load",
    "mutual",
    "mutual_matrix",
    "raise_by",
    "rank_positions",
    "rank_students",
    "rollback",
    "score_matrix",
    "share_encoder",
    "smallest_raise",
    "speaks_of_student",
    "start_cold",
    "strong_pairs",
    "train",
    "write_interactions",
]


RULES = Baseline.name
"""Name of the weighted rules, which answer where no model may."""


def active_model() -> str:
    """Name of the ranker that answers now."""
    return serving.ranker().name


def learnt_from() -> int:
    """How many people the ranker that answers now has learnt from; 0 for rules, also for fitted ones."""
    return serving.people()


def load(directory: Path) -> str:
    """Serves the newest accepted artifact of the folder, else the weighted rules; says which."""
    return serving.load(directory)


def rollback(directory: Path, name: str | None = None) -> str | None:
    """Takes the model that serves (only if it is `name`) out of service, and serves the one before; what it was."""
    withdrawn = artifacts.rollback(directory, name)
    serving.load(directory)
    return withdrawn


def cards(directory: Path) -> list[Card]:
    """Cards of all models of the folder, newest first."""
    return artifacts.cards(directory)


def train(
    interactions: Iterable[Interaction],
    out: Path,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    attributes: Mapping[str, Mapping[int, Hashable]] | None = None,
    groups: Mapping[str, Mapping[int, Hashable]] | None = None,
) -> Card:
    """Learns from what people did and writes an artifact into `out`, which `load` serves if accepted.

    attributes: name → person → group, protected ones (such as sex) where somebody may hold them: a model below four
    fifths is refused. groups: those the product holds anyway (such as departments): a model is refused where one of
    them is below four fifths and surely below what the weighted rules give it. Only the gate reads either, and the
    card says how they fare.
    """
    # Read in here: with scikit-learn it takes a second and 80 MB, and what only serves never trains.
    from matching.training import fit

    return fit.train(interactions, out, seed=seed, progress=progress, attributes=attributes, groups=groups)


def start_cold(out: Path) -> Card | None:
    """Where no model is in service in `out`, puts the fitted rules that ship with us there; the card, if it did."""
    from matching.training import cold_start

    return cold_start.start_cold(out)


def score_matrix(
    students: Sequence[Student],
    positions: Sequence[Position],
    *,
    on: date | None = None,
    by_rules: bool = False,
) -> Floats:
    """Scores in [0, 1], one row per student and one column per position; by_rules: of the plain rules, to compare."""
    return full_scores(Baseline() if by_rules else serving.ranker(), students, positions, on)


def rank_positions(
    student: Student, positions: Sequence[Position], *, limit: int = 20, on: date | None = None
) -> list[Match]:
    """The best positions for a student, best first; equal scores in order of id."""
    return order.rank_positions(serving.ranker(), student, [(Columns(positions), None)], limit=limit, on=on)


def rank_students(
    position: Position, students: Sequence[Student], *, limit: int = 20, on: date | None = None
) -> list[Match]:
    """The best students for a position, best first; equal scores in order of id.

    Written for the recruiter: the private wish about pay stands in one sum with other wishes.
    """
    return order.rank_students(serving.ranker(), position, [(Columns(students), None)], limit=limit, on=on)


def explain(student: Student, position: Position, *, on: date | None = None) -> Match:
    """One pair with all its reasons, for the student; their contributions sum to the score."""
    ranker = serving.ranker()
    values = extract(Pairs([student], [position], on), ranker.features)[0, 0]
    return words.to_match(ranker, student, position, values)


def explain_pairs(pairs: Sequence[tuple[Student, Position]], *, on: date | None = None) -> list[Match]:
    """A page of pairs, each with all its reasons, in their order; read at once, which is cheaper than one by one."""
    ranker = serving.ranker()
    if not pairs:
        return []
    students, positions = zip(*pairs, strict=True)
    values = extract(Pairs(students, positions, on), ranker.features)
    own = range(len(pairs))
    return words.to_matches(ranker, pairs, values[own, own])


def explain_to_company(pairs: Sequence[tuple[Student, Position]], *, on: date | None = None) -> list[Match]:
    """The same, worded for the company: nothing that a student keeps private."""
    return [words.for_recruiter(match) for match in explain_pairs(pairs, on=on)]


def best_for_company(
    students: Sequence[Student], positions: Sequence[Position], *, on: date | None = None
) -> list[Match]:
    """Each student with the position that fits them best (of equal ones the first), worded for the company."""
    if not students or not positions:
        return []
    scores = full_scores(serving.ranker(), students, positions, on).round(12)
    places = scores.argmax(axis=1).tolist()
    pairs = [(student, positions[place]) for student, place in zip(students, places, strict=True)]
    return explain_to_company(pairs, on=on)


def raise_by(student: Student, position: Position, *, on: date | None = None) -> list[Suggestion]:
    """Single changes on the student's side that would raise the match, the largest gain first."""
    return raising.suggestions(serving.ranker(), student, position, on)


def smallest_raise(
    student: Student, position: Position, *, enough: float = 0.02, on: date | None = None
) -> list[Suggestion]:
    """The change of least effort that gains at least `enough` of score; two where none alone does, else none."""
    return raising.smallest(serving.ranker(), student, position, enough=enough, on=on)


def compare(a: Match, b: Match) -> list[Difference]:
    """What speaks for one match of a student against another, term by term; the deltas sum to that of the scores."""
    return words.differences(a, b)


def feature_label(name: str) -> tuple[str, str]:
    """A feature in a few words, as (zh, en); its name where today's ranker knows no such feature."""
    return REGISTRY[name].label if name in REGISTRY else (name, name)


def speaks_of_student(feature: str) -> bool:
    """Whether a reason says what the student has to offer, not what they want or how the position stands."""
    return all(name in REGISTRY and REGISTRY[name].side != "student" for name in feature.split(" × "))


def mutual(student: Student, position: Position, *, on: date | None = None) -> float:
    """How much both sides gain, in [0, 1]; the lesser side decides."""
    return float(mutual_matrix([student], [position], on=on)[0, 0])


def mutual_matrix(
    students: Sequence[Student], positions: Sequence[Position], *, on: date | None = None
) -> Floats:
    """Mutual scores, one row per student and one column per position."""
    return two_sided.mutual_matrix(serving.ranker(), students, positions, on)


def strong_pairs(
    students: Sequence[Student],
    positions: Sequence[Position],
    acted: Collection[tuple[int, int]],
    *,
    limit: int = 50,
    on: date | None = None,
) -> list[tuple[int, int, float]]:
    """(student id, position id, mutual score) of the best pairs nobody acted on, best first."""
    return two_sided.strong_pairs(serving.ranker(), students, positions, acted, limit=limit, on=on)
