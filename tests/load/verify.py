"""After the kills: acknowledged commands ⊆ journal ⊆ what everybody who may hear it has."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from fairs import snapshots
from fairs.models import CommandReceipt, Event, Message, Stream
from fairs.protocol.state import State
from tests.load.client import Client, Frame

Key = tuple[str, str, Any]
MOVES = {"step_away": "away", "come_back": "waiting", "put_back": "waiting", "leave_line": "left"}


@dataclass
class Found:
    """What somebody may have lost; all but `acknowledged` must be empty."""

    acknowledged: int = 0
    without_receipt: list[str] = field(default_factory=list)
    without_event: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def in_journal(people: Iterable[tuple[int, Client]]) -> Found:
    """Whether what each person (user id, tab) was answered is in the database, and once."""
    found, journal = Found(), _journal()
    receipts = {
        (user, key): answer
        for user, key, answer in CommandReceipt.objects.values_list("user_id", "command_id", "answer")
    }
    said: Counter[int] = Counter()
    for user_id, client in people:
        for command_id, (asked, answer) in client.acknowledged.items():
            name = f"{asked['name']} of {user_id}"
            found.acknowledged += 1
            given = {key: value for key, value in answer.items() if key not in ("type", "id")}
            if receipts.get((user_id, command_id)) != given:
                found.without_receipt.append(name)
            if not answer["ok"]:
                continue
            said[user_id] += asked["name"] == "send_message"
            wanted = event_of(asked, answer["result"], user_id)
            if not journal[wanted]:
                found.without_event.append(name)
            elif asked["name"] in ("send_message", "end_meeting") and journal[wanted] > 1:
                found.doubled.append(name)
    stored = Counter(Message.objects.values_list("author_id", flat=True))
    found.doubled += [f"messages of {user}" for user, count in stored.items() if count > said[user]]
    return found


def event_of(asked: Frame, result: dict[str, Any], user_id: int) -> Key:
    """The event that has to be in the journal when this command was answered so: (stream, kind, what names it)."""
    args = asked["args"]
    match asked["name"]:
        case "join_line":
            return f"line-{args['booth']}", "line_joined", result["number"]
        case "call_next":
            return f"booth-{args['booth']}", "ticket_moved", (result["ticket"], "called")
        case "accept_call":
            return f"person-{user_id}", "my_ticket_moved", (args["ticket"], "meeting")
        case "send_message":
            return f"meeting-{args['meeting']}", "message_sent", result["message"]
        case "end_meeting":
            return f"meeting-{args['meeting']}", "meeting_ended", None
    return "", "ticket_moved", (args["ticket"], MOVES[asked["name"]])


def _journal() -> Counter[Key]:
    """Every event by the key that `event_of` gives."""
    keys: Counter[Key] = Counter()
    for stream, kind, payload in Event.objects.values_list("stream__name", "kind", "payload").iterator():
        match kind:
            case "ticket_moved" | "my_ticket_moved":
                keys[stream, kind, (payload["ticket"], payload["status"])] += 1
                # Moves by the student do not name the booth.
                keys["", kind, (payload["ticket"], payload["status"])] += 1
            case "message_sent":
                keys[stream, kind, payload["message"]] += 1
            case "line_joined":
                keys[stream, kind, payload["number"]] += 1
            case _:
                keys[stream, kind, None] += 1
    return keys


def with_everybody(people: Iterable[tuple[int, Client]], found: Found) -> Found:
    """Whether each tab stands at the end of every stream it follows, in the state that the database has."""
    ends = dict(Stream.objects.values_list("name", "last_seq"))
    users = User.objects.in_bulk()
    found.behind, found.differing = [], []
    for user_id, client in people:
        actor = actor_of(users[user_id])
        for stream, seq in client.seen.items():
            if seq != ends.get(stream, 0):
                found.behind.append(f"{stream} of {user_id}: {seq}, not {ends.get(stream, 0)}")
            elif stream in client.states and told(client.states[stream]) != told(
                snapshots.take(actor, stream)[1]
            ):
                found.differing.append(f"{stream} of {user_id}")
    return found


def told(state: State) -> State:
    """A state as it travels; of a line without the own number, which a page reads anew when it has drawn one."""
    plain = json.loads(json.dumps(state))
    return {key: value for key, value in plain.items() if key not in ("number", "place")}
