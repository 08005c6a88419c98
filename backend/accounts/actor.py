"""Who is asking: one frozen value that every query and rule takes."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, OuterRef, Subquery, TextField
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
    return actors_of([user.pk]).get(user.pk) or Actor(user_id=user.pk)


def actors_of(user_ids: Collection[int]) -> dict[int, Actor]:
    """The same for many at once, by user; whoever has no live membership, or whose account is closed, is left out."""
    rows = (
        Membership.objects.filter(user_id__in=user_ids, ended_at__isnull=True, user__is_active=True)
        .select_related("school", "company__school")
        .annotate(circle=circle())
        .order_by("-pk")
    )
    return {row.user_id: _actor(row) for row in rows}


def _actor(membership: Membership) -> Actor:
    home = membership.school or (membership.company.school if membership.company_id else None)
    if home is not None and home.suspended_at is not None:
        return Actor(user_id=membership.user_id, suspended=home.suspended_reason)
    return Actor(
        role=membership.role,
        user_id=membership.user_id,
        school_id=home.pk if home else None,
        school_ids=_ids(membership.circle, home),
        department_id=membership.department_id,
        company_id=membership.company_id,
        student_id=membership.student_id,
        is_owner=membership.is_owner,
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


def _ids(listed: str | None, home: Any) -> tuple[int, ...]:
    """The circle as read; a school outside every alliance stands alone."""
    if home is not None and home.alliance_id is None:
        return (home.pk,)
    return tuple(sorted(int(part) for part in listed.split(","))) if listed else ()
