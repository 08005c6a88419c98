"""State + event = state: how a client carries a snapshot forward, one pure function per audience."""

from collections.abc import Callable
from typing import Any

from fairs.protocol import MESSAGES, events

State = dict[str, Any]


def apply(state: State, event: events.AnyEvent) -> State:
    """The state after an event of the same stream."""
    if isinstance(event, events.SIGNALS):
        return state
    return _REDUCERS[event.audience](state, event)


def _fair(state: State, event: Any) -> State:
    if isinstance(event, events.FairChanged):
        return {**state, "status": event.status}
    booths = {**state["booths"]}
    for booth, waiting, meetings, paused in event.booths:
        booths[str(booth)] = [waiting, meetings, paused]
    return {**state, "booths": booths}


def _line(state: State, event: Any) -> State:
    if isinstance(event, events.LinePaused):
        return {**state, "paused": event.paused, "message": event.message}
    joined = isinstance(event, events.LineJoined)
    step = 1 if joined else -1
    mine, place = state["number"], state["place"]
    if mine == event.number:
        place = event.place if joined else None
    elif place is not None and event.place < place + joined:
        place += step
    return {**state, "length": state["length"] + step, "place": place}


def _booth(state: State, event: Any) -> State:
    if isinstance(event, events.HandoverMoved):
        return state  # the console reads what was asked
    if isinstance(event, events.GroupMoved):
        rest = [pk for pk in state["groups"] if pk != event.group]
        return {**state, "groups": sorted([*rest, event.group]) if event.status == "open" else rest}
    if isinstance(event, events.TeamSaid):
        return {**state, "said": event.message}
    if isinstance(event, events.InvitationMoved):
        rest = [pk for pk in state["invitations"] if pk != event.invitation]
        return {**state, "invitations": [*rest, event.invitation] if event.status == "open" else rest}
    tickets = {key: value for key, value in state["tickets"].items() if key != str(event.ticket)}
    if event.status in ("waiting", "away", "called", "meeting"):
        tickets[str(event.ticket)] = [event.number, event.status]
    return {**state, "tickets": tickets}


def _person(state: State, event: Any) -> State:
    if isinstance(event, events.MyHandoverMoved):
        asked = {key: value for key, value in state["handovers"].items() if key != str(event.handover)}
        if event.status == "asked":
            asked[str(event.handover)] = [event.ticket, event.booth]
        return {**state, "handovers": asked}
    if isinstance(event, events.MyGroupCalled):
        return {**state, "groups": {**state["groups"], str(event.ticket): event.group}}
    if isinstance(event, events.MyInvitationMoved):
        key = str(event.invitation)
        asked = {pk: value for pk, value in state["invitations"].items() if pk != key}
        if event.status == "open":
            asked[key] = [event.booth, event.answer_by]
        return {**state, "invitations": asked}
    tickets = {key: value for key, value in state["tickets"].items() if key != str(event.ticket)}
    if event.status in ("waiting", "away", "called", "meeting"):
        tickets[str(event.ticket)] = [event.booth, event.number, event.status, event.answer_by, event.meeting]
    handovers = state["handovers"]
    if event.status in ("left", "no_show"):  # nothing to go on with
        handovers = {key: value for key, value in handovers.items() if value[0] != event.ticket}
    groups = state["groups"]
    if event.status not in ("called", "meeting"):
        groups = {key: value for key, value in groups.items() if key != str(event.ticket)}
    return {**state, "tickets": tickets, "handovers": handovers, "groups": groups}


def _meeting(state: State, event: Any) -> State:
    match event:
        case events.Signalled():
            return state
        case events.ExtensionAsked():
            return {**state, "asked": [event.by_student, event.minutes]}
        case events.ExtensionRefused():
            return {**state, "asked": None}
        case events.MeetingExtended():
            return {**state, "asked": None, "ends_at": event.ends_at}
        case events.MeetingEnded():
            ended = {"status": "ended", "outcome": event.outcome, "message": event.message}
            return {**state, **ended, "asked": None}
    line = [event.message, event.by_student, event.what, event.text, event.at]
    return {**state, "messages": [*state["messages"], line][-MESSAGES:]}


def _group(state: State, event: Any) -> State:
    if isinstance(event, events.GroupSaid):
        return {**state, "said": event.message}
    return {**state, "status": event.status}


_REDUCERS: dict[str, Callable[[State, Any], State]] = {
    "fair": _fair,
    "line": _line,
    "booth": _booth,
    "person": _person,
    "meeting": _meeting,
    "group": _group,
}
