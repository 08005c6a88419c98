"""Figures of models as rows of a table, in words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from backend.recommendations.interfaces.groups import Called, card_groups, card_proxies
from backend.recommendations.interfaces.verdicts import verdict
from backend.recommendations.queries import Shown
from backend.recommendations.queries.words import chinese
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


def card_facts(card: Card, serving: str, called: Called = str) -> dict[str, Any]:
    """A card as its page shows it; `called` names the departments on it."""
    reason, known = verdict(card.reason, called)
    features = [feature_label(name)[0 if chinese() else 1] for name in card.features]
    return {
        "card": card,
        "serves": card.name == serving,
        "reason": reason,
        "reason_known": known,
        "until": datetime.fromisoformat(card.data_until) if card.data_until else None,
        "features": ("、" if chinese() else ", ").join(features),
        "rows": card_rows(card),
        "groups": card_groups(card, called),
        "proxies": card_proxies(card),
    }
