"""What the hub reads in its one thread: the journal, and whether people may still be there."""

from collections.abc import Collection, Sequence

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from backend.accounts.actor import actor_of, circle
from backend.accounts.models import Membership, User
from backend.common import clock
from fairs import queries, snapshots
from fairs.enums import PUBLIC_FAIR
from fairs.models import Booth, Event, Fair, Stream

BATCH = 1000
CHUNK = 500

Rights = tuple
Asked = tuple[int, str, Rights, tuple[str, ...]]
Verdict = tuple[int | None, Rights, tuple[str, ...]]


def last_seqs(streams: Sequence[str]) -> dict[str, int]:
    """Where each stream stands."""
    found: dict[str, int] = {}
    for n in range(0, len(streams), CHUNK):
        rows = Stream.objects.filter(name__in=streams[n : n + CHUNK])
        found.update(rows.values_list("name", "last_seq"))
    return found


def events_after(known: dict[str, int]) -> dict[str, list[tuple[int, str, dict]]]:
    """Up to BATCH events of each stream past the number known."""
    return {
        stream: list(
            Event.objects.filter(stream__name=stream, seq__gt=last)
            .order_by("seq")
            .values_list("seq", "kind", "payload")[:BATCH]
        )
        for stream, last in known.items()
    }


def rights_of(user: User | None, membership: tuple | None) -> Rights:
    """A fingerprint of what somebody may do; another value means: ask every right again."""
    return (user.pk, user.is_active, membership) if user else ()


def memberships(users: Sequence[int]) -> dict[int, tuple]:
    """The live membership of each user, with what its company's, student's and school's standing is."""
    live = Membership.objects.filter(user_id__in=users, ended_at__isnull=True)
    rows = live.annotate(circle=circle()).values_list(
        "user_id",
        "role",
        "school_id",
        "department_id",
        "company_id",
        "company__status",
        "company__vetted_until",
        "student_id",
        "student__status",
        "school__suspended_at",
        "company__school__suspended_at",
        "circle",
    )
    now = clock.now()
    return {row[0]: (*row[1:6], row[6] is not None and row[6] > now, *row[7:]) for row in rows}


def fingerprint(user_id: int) -> Rights:
    """The rights of one person, at the handshake."""
    return rights_of(User.objects.filter(pk=user_id).first(), memberships([user_id]).get(user_id))


def verdicts(asked: Sequence[Asked]) -> list[Verdict]:
    """For each socket the code to close it with, or None, and the streams it has lost.

    Three queries for all, one more for each kind of stream; further ones only where something changed.
    """
    users = User.objects.in_bulk([user for user, *_rest in asked])
    members = memberships(list(users))
    keys = [key for _user, key, *_rest in asked]
    live = {
        row.session_key: row
        for row in Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    }
    store = SessionStore()
    fallen = fallen_streams({stream for *_rest, streams in asked for stream in streams})
    result: list[Verdict] = []
    for user_id, key, before, streams in asked:
        user = users.get(user_id)
        rights = rights_of(user, members.get(user_id))
        if user is None or not user.is_active or not _signed_in(user, live.get(key), store):
            result.append((4401, rights, ()))
        elif rights != before and not _may_stay(user, streams):
            result.append((4403, rights, ()))
        else:
            result.append((None, rights, _lost(user, fallen.intersection(streams))))
    return result


def fallen_streams(streams: Collection[str]) -> set[str]:
    """Those of the streams whose booth is not open, or whose fair is not public, at this moment."""
    fallen: set[str] = set()
    for audience, present in (
        ("line", Booth.objects.filter(queries.open_booths(), fair__status__in=PUBLIC_FAIR)),
        ("fair", Fair.objects.filter(status__in=PUBLIC_FAIR)),
    ):
        ids = {int(name.partition("-")[2]) for name in streams if name.startswith(f"{audience}-")}
        if ids:
            ids -= set(present.filter(pk__in=ids).values_list("pk", flat=True))
            fallen |= {f"{audience}-{number}" for number in ids}
    return fallen


def _signed_in(user: User, session: Session | None, store: SessionStore) -> bool:
    """Whether the session still belongs to this person, with the present password."""
    if session is None:
        return False
    data = store.decode(session.session_data)
    return (
        data.get("_auth_user_id") == str(user.pk)
        and data.get("_auth_user_hash") == user.get_session_auth_hash()
    )


def _lost(user: User, fallen: Collection[str]) -> tuple[str, ...]:
    """Which of the fallen streams this person may not follow: staff see drafts, a company its own booth."""
    if not fallen:
        return ()
    actor = actor_of(user)
    return tuple(stream for stream in sorted(fallen) if not snapshots.may_follow(actor, stream))


def _may_stay(user: User, streams: Sequence[str]) -> bool:
    actor = actor_of(user)
    return all(snapshots.may_follow(actor, stream) for stream in streams)
