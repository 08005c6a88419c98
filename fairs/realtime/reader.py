"""What the hub reads in its one thread: the journal, and whether people may still be there."""

from collections.abc import Sequence

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from backend.accounts.actor import actor_of
from backend.accounts.models import Membership, User
from backend.common import clock
from fairs import snapshots
from fairs.models import Event, Stream

BATCH = 1000
CHUNK = 500

Rights = tuple
Asked = tuple[int, str, Rights, tuple[str, ...]]


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
    """The live membership of each user, with what its company's and student's standing is."""
    rows = Membership.objects.filter(user_id__in=users, ended_at__isnull=True).values_list(
        "user_id",
        "role",
        "school_id",
        "department_id",
        "company_id",
        "company__status",
        "company__vetted_until",
        "student_id",
        "student__status",
    )
    now = clock.now()
    return {row[0]: (*row[1:6], row[6] is not None and row[6] > now, *row[7:]) for row in rows}


def fingerprint(user_id: int) -> Rights:
    """The rights of one person, at the handshake."""
    return rights_of(User.objects.filter(pk=user_id).first(), memberships([user_id]).get(user_id))


def verdicts(asked: Sequence[Asked]) -> list[tuple[int | None, Rights]]:
    """For each socket the code to close it with, or None; three queries for all, more only on a change."""
    users = User.objects.in_bulk([user for user, *_rest in asked])
    members = memberships(list(users))
    keys = [key for _user, key, *_rest in asked]
    live = {
        row.session_key: row
        for row in Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    }
    store = SessionStore()
    result: list[tuple[int | None, Rights]] = []
    for user_id, key, before, streams in asked:
        user = users.get(user_id)
        rights = rights_of(user, members.get(user_id))
        if user is None or not user.is_active or not _signed_in(user, live.get(key), store):
            result.append((4401, rights))
        elif rights != before and not _may_stay(user, streams):
            result.append((4403, rights))
        else:
            result.append((None, rights))
    return result


def _signed_in(user: User, session: Session | None, store: SessionStore) -> bool:
    """Whether the session still belongs to this person, with the present password."""
    if session is None:
        return False
    data = store.decode(session.session_data)
    return (
        data.get("_auth_user_id") == str(user.pk)
        and data.get("_auth_user_hash") == user.get_session_auth_hash()
    )


def _may_stay(user: User, streams: Sequence[str]) -> bool:
    actor = actor_of(user)
    return all(snapshots.may_follow(actor, stream) for stream in streams)
