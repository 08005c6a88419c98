"""Figures of models and groups as rows of a table, in words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from backend.recommendations.interfaces.verdicts import verdict
from backend.recommendations.queries import Shown
from backend.recommendations.queries.words import chinese
from backend.students.enums import Education
from matching.api import Card, feature_label

FIGURES = ("auc", "ndcg@10", "mrr")
FACTS = (
    _lazy("Match"),
    _lazy("Company"),
    _lazy("Kind of work"),
    _lazy("Place of work"),
    _lazy("Pay"),
    _lazy("Education"),
    _lazy("Skills"),
    _lazy("Apply by"),
)


def facts(item: Shown) -> list[str]:
    """What stands beside FACTS for one position."""
    position = item.position
    pay = f"{position.salary_min}–{position.salary_max}" if position.salary_min else "–"
    return [
        f"{item.percent} %",
        position.company.name,
        position.get_kind_display(),
        position.place,
        pay,
        position.get_education_display(),
        "、".join(position.skills) or "–",
        position.deadline.isoformat(),
    ]


def attribute_label(name: str) -> str:
    """An attribute, or two at once, in words."""
    known = {
        "education": _("Education"),
        "graduation_year": _("Year of graduation"),
        "department": _("Department"),
    }
    return " × ".join(str(known.get(part, part)) for part in name.split(" × "))


def group_label(attribute: str, group: str) -> str:
    """A group in words; only levels of education are stored as codes."""
    levels = {level.value: str(level.label) for level in Education}
    names = zip(attribute.split(" × "), group.split(" × "), strict=False)
    return " × ".join(levels.get(part, part) if name == "education" else part for name, part in names)


def group_labels(groups: dict[str, list[dict[str, Any]]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(attribute in words, rows with the group in words), single attributes first."""
    order = sorted(groups, key=lambda name: ("×" in name, name))
    return [
        (attribute_label(name), [row | {"label": group_label(name, row["group"])} for row in groups[name]])
        for name in order
        if groups[name]
    ]


def card_rows(card: Card) -> list[tuple[str, str, list[str]]]:
    """(on whom, ranker, figures as text) of a card's judgements; what else a card measured is not of a ranker."""
    places = {
        "people": _("People it had not seen"),
        "later": _("Later days"),
        "synthetic proxy": _("Made-up people"),
    }
    rows = [(*part.partition(": ")[::2], figures) for part, figures in card.metrics.items()]
    return [
        (
            places[where],
            _("boosted trees, to compare") if ranker == "boosted-trees" else ranker,
            [f"{figures[name]:.3f}" if name in figures else "–" for name in FIGURES],
        )
        for where, ranker, figures in rows
        if where in places
    ]


def card_facts(card: Card, serving: str) -> dict[str, Any]:
    """A card as its page shows it."""
    reason, known = verdict(card.reason)
    features = [feature_label(name)[0 if chinese() else 1] for name in card.features]
    return {
        "card": card,
        "serves": card.name == serving,
        "reason": reason,
        "reason_known": known,
        "until": datetime.fromisoformat(card.data_until) if card.data_until else None,
        "features": ("、" if chinese() else ", ").join(features),
        "rows": card_rows(card),
    }
