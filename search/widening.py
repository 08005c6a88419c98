"""What is let go, one thing after another, when nothing satisfies all filters.

One hit that satisfies everything is worth more than three that do not, so it is not mixed with others.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from search.query import Filters

# With so many hits nothing more is let go.
ENOUGH = 3


def _city_to_province(filters: Filters) -> Filters:
    if not filters.city_code:
        return filters
    return replace(filters, city_code="", province_code=f"{filters.city_code[:2]}0000")


# First when and where, then pay, then what the company is like, at last what the work is.
STEPS: tuple[tuple[str, Callable[[Filters], Filters]], ...] = (
    ("days", lambda filters: replace(filters, published_within_days=None)),
    ("district", lambda filters: replace(filters, district_codes=())),
    ("city", _city_to_province),
    ("province", lambda filters: replace(filters, province_code="")),
    ("salary", lambda filters: replace(filters, salary_floor=None)),
    ("company_size", lambda filters: replace(filters, company_size="")),
    ("industry", lambda filters: replace(filters, industry="")),
    ("kind", lambda filters: replace(filters, kind="")),
    ("education", lambda filters: replace(filters, education="")),
    ("occupation", lambda filters: replace(filters, occupation="")),
    ("majors", lambda filters: replace(filters, majors=())),
)


def steps(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """(name of what is let go, the filters without it and without all before it).

    Who may see what, the fair, the company and what somebody qualifies for are never let go.
    """
    left = filters
    for name, let_go in STEPS:
        wider = let_go(left)
        if wider != left:
            left = wider
            yield name, left


def widest(filters: Filters) -> Filters:
    """The filters without all that may be let go."""
    for _, let_go in STEPS:
        filters = let_go(filters)
    return filters
