"""Which groups of words may this person see, what counts in this person's searches, and what was searched in vain."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet, Sum

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.wording.models import SearchTally, SynonymGroup, SynonymStamp
from search import api

# For how long a process believes that nothing has changed; the one that changed something knows at once.
HELD = timedelta(seconds=2)
MOST_TABLES = 64
# A text is shown once it was searched for so often, by each person once a day: the size from which the product shows
# figures of a group. Nobody is told apart over days, so these may be fewer people.
LEAST_PEOPLE = 10
PERIODS = (7, 30, 90)
ORDERS = {
    "vain": ("-vain", "-total", "text"),
    "total": ("-total", "text"),
    "text": ("text",),
    "last": ("-last", "-vain", "text"),
}

_held: tuple[str, datetime] | None = None
_tables: OrderedDict[int | None, tuple[str, api.Table]] = OrderedDict()


def groups_visible_to(actor: Actor, *, holding: str = "") -> QuerySet[SynonymGroup]:
    """The operator sees every group, staff those of the own school and of the installation, nobody else any.

    `holding`: only groups with a word in whose key this stands.
    """
    rows = SynonymGroup.objects.select_related("school").order_by("-pk")
    if holding:
        rows = rows.filter(keys__key__contains=holding).distinct()
    if actor.role == Role.OPERATOR:
        return rows
    if actor.role == Role.STAFF:
        return rows.filter(Q(school__isnull=True) | Q(school_id=actor.school_id))
    return rows.none()


def table_of(school_id: int | None) -> api.Table:
    """The synonyms that count in searches of a school's people; None: of visitors and operators."""
    stamp = _stamp()
    known = _tables.get(school_id)
    if known is None or known[0] != stamp:
        known = stamp, api.synonyms_with(_groups(school_id) if stamp else [])
        _tables[school_id] = known
        while len(_tables) > MOST_TABLES:
            _tables.popitem(last=False)
    return known[1]


def table_with(school_id: int | None, words: Sequence[str]) -> api.Table:
    """The same with one group more, to try it."""
    return api.synonyms_with([*_groups(school_id), words])


def _stamp() -> str:
    """The stamp of the last change, read at most every two seconds; empty before the first."""
    global _held  # noqa: PLW0603 - one per process
    moment = clock.now()
    if _held is None or not timedelta(0) <= moment - _held[1] < HELD:
        found = SynonymStamp.objects.values_list("stamp", flat=True).first()
        _held = found or "", moment
    return _held[0]


def _groups(school_id: int | None) -> list[list[str]]:
    rows = SynonymGroup.objects.filter(active=True).filter(Q(school__isnull=True) | Q(school_id=school_id))
    return [words.split("\n") for words in rows.order_by("pk").values_list("words", flat=True)]


def forget() -> None:
    """Read the stamp again with the next search."""
    global _held  # noqa: PLW0603
    _held = None


def tallies_visible_to(actor: Actor) -> QuerySet[SearchTally]:
    """Staff see what their school's people searched for, the operator what everybody did, visitors too."""
    rows = SearchTally.objects.all()
    if actor.role == Role.OPERATOR:
        return rows
    return rows.filter(school_id=actor.school_id) if actor.role == Role.STAFF else rows.none()


def missed(actor: Actor, *, days: int, few: bool = False, order: str = "vain") -> QuerySet:
    """Texts with the people who searched for them in vain over these days; with `few`, who found three or fewer.

    Rows are dictionaries: text, total (people who searched for it), vain (those of them in vain), read_otherwise and
    let_go (those whose words were corrected or filters dropped), filtered (those with filters), most (hits), last (day).
    """
    wanted = "few" if few else "missed"
    found = _added_up(actor, days, wanted).filter(vain__gte=LEAST_PEOPLE)
    return found.order_by(*ORDERS.get(order, ORDERS["vain"]))


def hidden(actor: Actor, *, days: int, few: bool = False) -> int:
    """How many texts were searched for in vain too seldom to be shown."""
    wanted = "few" if few else "missed"
    return _added_up(actor, days, wanted).filter(vain__gt=0, vain__lt=LEAST_PEOPLE).count()


def _added_up(actor: Actor, days: int, wanted: str) -> QuerySet:
    since = clock.today() - timedelta(days=days - 1)
    rows = tallies_visible_to(actor).filter(day__gte=since)
    return rows.values("text").annotate(
        total=Sum("people"),
        vain=Sum(wanted),
        read_otherwise=Sum("corrected"),
        let_go=Sum("widened"),
        filtered=Sum("people", filter=~Q(filters=""), default=0),
        most=Max("hits"),
        last=Max("day"),
    )
