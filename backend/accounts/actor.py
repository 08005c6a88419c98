"""Who is asking: one frozen value that every query and rule takes."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Aggregate, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Coalesce

from backend.accounts.enums import Role
from backend.accounts.models import Membership, User


@dataclass(frozen=True)
class Actor:
    """A person in the scope of the one live membership; `school_ids`: the alliance circle, own included.

    `suspended`: why the school is closed for the time being; the person then has no role, only the account.
    """

    role: str = Role.ANONYMOUS
    user_id: int | None = None
    school_id: int | None = None
    school_ids: tuple[int, ...] = ()
    department_id: int | None = None
    company_id: int | None = None
    student_id: int | None = None
    is_owner: bool = False
    suspended: str = ""

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is signed in."""
        return self.user_id is not None


ANONYMOUS = Actor()
SYSTEM = Actor(role=Role.SYSTEM)


def actor_of(user: User | None) -> Actor:
    """Read the live membership afresh; a person without one has no role and sees only public things."""
    if user is None or not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    sql, params = _statement(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [user.pk if value == NOBODY else value for value in params])
        row = cursor.fetchone()
    return _actor(row) if row else Actor(user_id=user.pk)


def actors_of(user_ids: Collection[int]) -> dict[int, Actor]:
    """The same for many at once, by user; whoever has no live membership, or whose account is closed, is left out."""
    return {row[0]: _actor(row) for row in _memberships(user_ids)}


OWN = ("user_id", "role", "department_id", "company_id", "student_id", "is_owner")
WAYS = ("school__", "company__school__")
HOME = ("id", "alliance_id", "suspended_at", "suspended_reason")
NOBODY = -1


def _memberships(user_ids: Collection[int]) -> QuerySet:
    live = Membership.objects.filter(user_id__in=user_ids, ended_at__isnull=True, user__is_active=True)
    homes = (f"{way}{name}" for way in WAYS for name in HOME)
    return live.order_by().values_list(*OWN, circle(), *homes)


@cache
def _statement(vendor: str) -> tuple[str, tuple]:
    """The same for one person, as SQL: every request and command asks, and building the query took most of its time."""
    sql, params = _memberships([NOBODY]).query.sql_with_params()
    return sql, params


def _actor(row: tuple) -> Actor:
    user_id, role, department_id, company_id, student_id, is_owner, listed = row[:7]
    own, of_company = row[7 : 7 + len(HOME)], row[7 + len(HOME) :]
    school_id, alliance_id, suspended_at, reason = of_company if own[0] is None else own
    if suspended_at is not None:
        return Actor(user_id=user_id, suspended=reason)
    alone = school_id is not None and alliance_id is None
    return Actor(
        role=role,
        user_id=user_id,
        school_id=school_id,
        school_ids=(school_id,) if alone else _ids(listed),
        department_id=department_id,
        company_id=company_id,
        student_id=student_id,
        is_owner=bool(is_owner),
    )


class _Listed(Aggregate):
    """Ids as one text, "1,2,3"; what SQLite calls GROUP_CONCAT."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """PostgreSQL wants the ids as text and the separator named."""
        return super().as_sql(
            compiler,
            connection,
            function="STRING_AGG",
            template="%(function)s(%(expressions)s::text, ',')",
            **context,
        )


def circle() -> Subquery:
    """The schools that share companies and fairs with a membership's school, in the query that reads it."""
    alliance = Coalesce(OuterRef("school__alliance_id"), OuterRef("company__school__alliance_id"))
    schools = Membership._meta.get_field("school").related_model.objects.filter(
        alliance_id=alliance, suspended_at__isnull=True
    )
    return Subquery(schools.order_by().values("alliance_id").annotate(ids=_Listed("pk")).values("ids"))


def _ids(listed: str | None) -> tuple[int, ...]:
    """The circle as read."""
    return tuple(sorted(int(part) for part in listed.split(","))) if listed else ()
