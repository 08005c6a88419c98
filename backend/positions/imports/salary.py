"""Read a salary as people write it, into yuan a month.

Pay by the day, hour, week or year is turned into a month of 21.75 working days of 8 hours (the legal average). A bare
range in 万 that begins at 5 or above is a year's pay: nobody advertises fifty thousand a month without saying so, and
boards that quote by the year write just that.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

DAYS = Decimal("21.75")
YEARLY_FROM = Decimal(5)
SANE = range(300, 1_000_001)

_UNITS = {
    "万": Decimal(10_000),
    "w": Decimal(10_000),
    "千": Decimal(1000),
    "k": Decimal(1000),
    "": Decimal(1),
}
_PERIODS: tuple[tuple[str, Decimal], ...] = (
    (r"小时|时薪|/时|/h(?:ou)?r?\b|per hour|hourly", DAYS * 8),
    (r"/(?:天|日|day)|每天|日薪|per day|daily", DAYS),
    (r"/(?:周|week)|每周|per week", DAYS / 5),
    (r"/(?:年|year)|年薪|每年|per year|per annum|p\.a\.|annual", Decimal(1) / 12),
    (r"/(?:月|month)|月薪|每月|per month|monthly", Decimal(1)),
)
_NUMBER = r"(\d+(?:\.\d+)?)(万|千|[kw])?"
_RANGE = re.compile(rf"{_NUMBER}元?(?:-|~|至|到|to){_NUMBER}", re.I)
_SINGLE = re.compile(_NUMBER, re.I)
_MONTHS = re.compile(r"[·*x×](\d{2})(?:薪|个月)|(\d{2})薪", re.I)
_OPEN = re.compile(r"面议|待遇优厚|negotiable|competitive|面谈", re.I)
_UP_TO = re.compile(r"及?以下|以内|up to", re.I)
_FOREIGN = re.compile(r"[$€£]|usd|eur|gbp|hkd|港币|美元", re.I)
_NOISE = re.compile(r"\d+\s*(?:小时|天)内?反馈|人民币|rmb|cny|[¥￥]|左右|约|税前", re.I)


@dataclass(frozen=True)
class Salary:
    """Monthly pay from-to and how many months a year; both None where the posting leaves pay open."""

    low: int | None
    high: int | None
    months: int = 12


def parse_salary(text: str) -> Salary | None:
    """The salary a text states; Salary(None, None) for open pay; None when it cannot be read."""
    plain = unicodedata.normalize("NFKC", text).lower().replace(",", "").replace("—", "-").replace("–", "-")
    plain = _NOISE.sub("", plain)
    if _FOREIGN.search(plain):
        return None
    bonus = _MONTHS.search(plain)
    months = int(next(group for group in bonus.groups() if group)) if bonus else 12
    plain = _MONTHS.sub("", plain)
    compact = re.sub(r"\s+", "", plain)
    if _OPEN.search(compact) or (_UP_TO.search(plain) and _SINGLE.search(compact)):
        # "Up to N" promises nothing: no lower bound is invented.
        return Salary(None, None)
    bounds = _bounds(compact)
    if bounds is None or not 12 <= months <= 24:
        return None
    factor = _factor(plain, *bounds, bare="万" in compact or "w" in compact)
    low, high = sorted(int((bound * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for bound in bounds)
    return Salary(low, high, months) if low in SANE and high in SANE else None


def _bounds(compact: str) -> tuple[Decimal, Decimal] | None:
    """Both ends in yuan; a unit written once at the end holds for both."""
    if match := _RANGE.search(compact):
        low, low_unit, high, high_unit = match.groups()
        high_unit = high_unit or low_unit or ""
        return Decimal(low) * _UNITS[low_unit or high_unit], Decimal(high) * _UNITS[high_unit]
    if match := _SINGLE.search(compact):
        value = Decimal(match[1]) * _UNITS[match[2] or ""]
        return value, value
    return None


def _factor(plain: str, low: Decimal, high: Decimal, *, bare: bool) -> Decimal:
    """What turns the stated period into a month."""
    for pattern, factor in _PERIODS:
        if re.search(pattern, plain):
            return factor
    if bare and min(low, high) >= YEARLY_FROM * 10_000:
        return Decimal(1) / 12
    return Decimal(1)
