"""Figures of groups of students as rows of a table, in words."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from backend.recommendations.queries.words import chinese
from backend.students.enums import Education
from matching.api import FOUR_FIFTHS, Card, feature_label

Called = Callable[[str], str]
LEVELS = {level.value: level.label for level in Education}


def attribute_label(name: str) -> str:
    """An attribute, or two at once, in words."""
    known = {
        "education": _("Education"),
        "graduation_year": _("Year of graduation"),
        "department": _("Department"),
    }
    return " × ".join(str(known.get(part, part)) for part in name.split(" × "))


def group_label(attribute: str, group: str, called: Called = str) -> str:
    """A group in words; levels of education are stored as codes, departments of a card by key: `called` names them."""
    words: dict[str, Called] = {"education": lambda code: LEVELS.get(code, code), "department": called}
    names = zip(attribute.split(" × "), group.split(" × "), strict=False)
    return " × ".join(str(words.get(name, str)(part)) for name, part in names)


def group_labels(groups: dict[str, list[dict[str, Any]]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(attribute in words, rows with the group in words), single attributes first."""
    order = sorted(groups, key=lambda name: ("×" in name, name))
    return [
        (attribute_label(name), [row | {"label": group_label(name, row["group"])} for row in groups[name]])
        for name in order
        if groups[name]
    ]


def named(name: str, called: Called = str) -> str:
    """ "education: bachelor" in words."""
    attribute, _colon, group = name.partition(": ")
    mark = "：" if chinese() else ": "
    return f"{attribute_label(attribute)}{mark}{group_label(attribute, group, called)}" if group else name


def card_groups(card: Card, called: Called = str) -> list[dict[str, Any]]:
    """A row per group by which a model was judged: what it gains, how often it comes first, and what is against it."""
    rows = []
    for name, figures in sorted(card.fairness.items(), key=lambda item: ("×" in item[0], item[0])):
        gain = card.metrics.get(f"gate, {name}")
        rows.append(
            {
                "label": named(name, called),
                "people": int(figures["people"]),
                "gain": f"{gain['gain']:+.3f}" if gain else None,
                "gain_low": f"{gain['low']:+.3f}" if gain else None,
                "gain_high": f"{gain['high']:+.3f}" if gain else None,
                "impact": figures["impact_ratio"],
                "low": figures["low"],
                "high": figures["high"],
                "rules": figures.get("rules_ratio"),
                "few": figures.get("few_ratio"),
                "few_rules": figures.get("few_rules_ratio"),
                "exposure": figures["exposure_ratio"],
                "exposure_low": figures["exposure_low"],
                "exposure_high": figures["exposure_high"],
                "worse": gain is not None and gain["high"] < 0,
                "unfair": _unfair(figures),
            }
        )
    return rows


def _unfair(figures: dict[str, float]) -> bool:
    """Below four fifths; of a group the product holds the card itself says whether it is surely below the rules too."""
    return bool(figures.get("unfair", figures["impact_ratio"] < FOUR_FIFTHS))


def card_proxies(card: Card) -> list[dict[str, Any]]:
    """How well the features tell each protected group, and by which of them."""
    side = 0 if chinese() else 1
    mark = "、" if chinese() else ", "
    return [
        {
            "label": named(name),
            "people": row["people"],
            "auc": row["auc"],
            "telling": mark.join(feature_label(feature)[side] for feature in row["telling"]),
        }
        for name, row in card.proxies.items()
    ]
