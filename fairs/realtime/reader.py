"""What the hub reads: the journal, and whether people may still be there."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import chain

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Q

from backend.accounts.actor import Actor, actors_of, circle
from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.common import clock
from fairs import groups, queries, snapshots
from fairs.enums import PUBLIC_FAIR, FairEntry
from fairs.models import Booth, Event, Fair

BATCH = 1000
SESSIONS = 10_000
"""So many sessions' texts are known taken apart, and so many proofs made; each is some hundred bytes."""

Rights = tuple
Account = tuple[bool, str]
"""Whether it is active, and what a session of it must prove."""
Arrival = tuple[int, Rights]
Asked = tuple[int, str, Rights, tuple[str, ...]]
Verdict = tuple[int | None, Rights, tuple[str, ...]]


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


def rights_of(user_id: int, account: Account | None, membership: tuple | None) -> Rights:
    """A fingerprint of what somebody may do; another value means: ask every right again."""
    return (user_id, account[0], membership) if account else ()


def accounts(users: Collection[int]) -> dict[int, Account]:
    """The account of each user."""
    rows = User.objects.filter(pk__in=users).values_list("pk", "is_active", "password")
    return {pk: (is_active, _proof(password)) for pk, is_active, password in rows}


@lru_cache(maxsize=SESSIONS)
def _proof(password: str) -> str:
    """What a session says that was opened with this password, as it is stored."""
    return User(password=password).get_session_auth_hash()


def memberships(users: Collection[int]) -> dict[int, tuple]:
    """The live membership of each user, with what its company's, student's and school's standing is."""
    live = Membership.objects.filter(user_id__in=users, ended_at__isnull=True)
    standing = {
        "circle": circle(),
        # Whether, not when: the database compares sooner than moments are made of its texts for thousands.
        "vetted": Q(company__vetted_until__gt=clock.now()),
        "suspended": Q(school__suspended_at__isnull=False),
        "company_suspended": Q(company__school__suspended_at__isnull=False),
    }
    rows = live.annotate(**standing).values_list(
        "user_id",
        "role",
        "school_id",
        "department_id",
        "company_id",
        "company__status",
        "vetted",
        "student_id",
        "student__status",
        "suspended",
        "company_suspended",
        "circle",
    )
    return {user_id: tuple(rest) for user_id, *rest in rows}


def arrivals(keys: Sequence[str]) -> list[Arrival | None]:
    """Whose each session is, and that person's rights; None for whom nobody is signed in with. Three queries for all."""
    live = sessions(keys)
    named = {key: user_id for key, data in live.items() if (user_id := _named(data)) is not None}
    users = accounts(set(named.values()))
    members = memberships(users.keys())
    known = {
        key: (user_id, rights_of(user_id, users[user_id], members.get(user_id)))
        for key, user_id in named.items()
        if _signed_in(user_id, users.get(user_id), live[key])
    }
    return [known.get(key) for key in keys]


def sessions(keys: Collection[str]) -> dict[str, str]:
    """The texts of the sessions that have not run out, by key."""
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return dict(rows.values_list("session_key", "session_data"))


def verdicts(asked: Sequence[Asked]) -> list[Verdict]:
    """For each socket the code to close it with, or None, and the streams it has lost.

    Three queries for all, one more for each kind of stream; further ones only where something changed.
    """
    users = accounts({user_id for user_id, *_rest in asked})
    members = memberships(users.keys())
    live = sessions([key for _user, key, *_rest in asked])
    followed = {stream for *_rest, streams in asked for stream in streams}
    fallen, seats = fallen_streams(followed), groups.seated(_numbers("group", followed))
    rights: list[Rights] = []
    doubtful: list[tuple[str, ...] | None] = []
    for user_id, key, before, streams in asked:
        account = users.get(user_id)
        rights.append(rights_of(user_id, account, members.get(user_id)))
        if not _signed_in(user_id, account, live.get(key)):
            doubtful.append(None)
        elif rights[-1] != before:
            doubtful.append(streams)
        else:
            stood_up = _without_seat(user_id, members, streams, seats)
            doubtful.append(tuple(sorted(fallen.intersection(streams) | stood_up)))
    lost = _lost([(user, streams or ()) for (user, *_rest), streams in zip(asked, doubtful, strict=True)])
    return [
        _verdict(now, before, None if streams is None else gone)
        for (_user, _key, before, _streams), now, streams, gone in zip(
            asked, rights, doubtful, lost, strict=True
        )
    ]


def _verdict(now: Rights, before: Rights, lost: tuple[str, ...] | None) -> Verdict:
    """Who is not signed in (`lost` is None) goes; who lost a stream together with the right to it, too."""
    if lost is None:
        return 4401, now, ()
    if now != before:
        return (4403, now, ()) if lost else (None, now, ())
    return None, now, lost


def fallen_streams(streams: Collection[str]) -> set[str]:
    """Those of the streams whose booth is not open, or whose fair is not public or for its school alone, at this moment."""
    fallen: set[str] = set()
    fairs = Fair.objects.filter(status__in=PUBLIC_FAIR, entry=FairEntry.ALLIANCE)
    for audience, present in (
        ("line", Booth.objects.filter(queries.open_booths(), fair__in=fairs)),
        ("fair", fairs),
    ):
        ids = _numbers(audience, streams)
        if ids:
            ids -= set(present.filter(pk__in=ids).values_list("pk", flat=True))
            fallen |= {f"{audience}-{number}" for number in ids}
    return fallen


def _without_seat(
    user_id: int, members: dict[int, tuple], streams: Collection[str], seats: Collection[tuple[int, int]]
) -> set[str]:
    """The group sessions among the streams that a student is not in; a company follows its own whoever leads them."""
    role, *_rest = members.get(user_id, (None,))
    if role != Role.STUDENT:
        return set()
    return {f"group-{number}" for number in _numbers("group", streams) if (user_id, number) not in seats}


def _numbers(audience: str, streams: Collection[str]) -> set[int]:
    """The numbers of those of the streams that have this audience."""
    return {int(name.partition("-")[2]) for name in streams if name.startswith(f"{audience}-")}


def _signed_in(user_id: int, account: Account | None, session: str | None) -> bool:
    """Whether the session still belongs to this person, who is active, with the present password."""
    if account is None or session is None:
        return False
    is_active, proof = account
    return is_active and _said(session) == (str(user_id), proof)


@lru_cache(maxsize=SESSIONS)
def _said(data: str) -> tuple[str | None, str | None]:
    """Whose a session says it is, and the proof. Its text is signed and says the same each time: it is taken apart once, not
    for every look at the rights of who stays."""
    said = SessionStore().decode(data)
    return said.get("_auth_user_id"), said.get("_auth_user_hash")


def _lost(doubtful: Sequence[tuple[int, tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Which of the streams each user may not follow: staff see drafts, a company its own booth."""
    if not any(streams for _user, streams in doubtful):
        return [() for _one in doubtful]
    actors = actors_of({user for user, streams in doubtful if streams})
    pairs = [
        [(actors.get(user) or Actor(user_id=user), stream) for stream in streams]
        for user, streams in doubtful
    ]
    may = snapshots.followable(chain.from_iterable(pairs))
    return [tuple(stream for actor, stream in asked if (actor, stream) not in may) for asked in pairs]


def _named(session: str) -> int | None:
    """The account a session says it is of."""
    told, _proof = _said(session)
    return int(told) if told else None
