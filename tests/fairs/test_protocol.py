"""The protocol: the page says what the code does, frames are typed, state is a fold of events."""

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

import fairs
from fairs.domain import journal
from fairs.enums import SIGNALS
from fairs.protocol import (
    CLOSE_CODES,
    MAX_FRAME,
    MESSAGES,
    RATE_BURST,
    RATE_PER_SECOND,
    RESERVE,
    VERSION,
    WINDOW,
    commands,
    events,
)
from fairs.protocol.errors import BadCommand
from fairs.protocol.state import apply
from fairs.realtime.consumers import STREAMS_PER_SOCKET
from fairs.realtime.handlers import HANDLERS
from fairs.realtime.limits import SOCKETS_PER_PERSON, Bucket

PAGE = (Path(fairs.__file__).parent / "README.md").read_text()


def _table(heading):
    """The cells of the table under a heading, as they stand on the page."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def _args(kind):
    return ", ".join(f"`{field.name}`" for field in fields(kind)) or "–"


def test_page_lists_the_commands_of_the_code():
    wanted = [
        [f"`{name}`", kind.who, _args(kind), kind.__doc__.strip()] for name, kind in commands.ALL.items()
    ]
    assert _table("Commands") == wanted


def test_page_lists_the_events_of_the_code():
    wanted = [
        [f"`{name}`", f"`{kind.audience}-<id>`", _args(kind), kind.__doc__.strip()]
        for name, kind in events.ALL.items()
    ]
    assert _table("Events") == wanted


def test_page_lists_the_close_codes_of_the_code():
    assert _table("Close codes") == [[str(code), meaning] for code, meaning in CLOSE_CODES.items()]


def test_page_names_the_limits_of_the_code():
    assert f"{MAX_FRAME // 1024} KB a frame" in PAGE
    assert f"{RATE_PER_SECOND} frames a second and {RATE_BURST} at once" in PAGE.replace("\n", " ")
    words = " ".join(PAGE.split())
    assert f"{WINDOW} may be unacknowledged" in words
    assert f"may go {RESERVE} further" in words
    assert f"its newest {MESSAGES} messages" in words
    assert f"at most {STREAMS_PER_SOCKET} streams per socket" in PAGE
    assert f"{SOCKETS_PER_PERSON} sockets a person" in PAGE
    assert f"Protocol version {VERSION}." in PAGE


def test_every_code_the_server_closes_with_is_on_the_page():
    source = Path(fairs.__file__).parent / "realtime"
    used = {
        int(code) for file in source.glob("*.py") for code in re.findall(r"\b4[45]\d\d\b", file.read_text())
    }
    assert used == set(CLOSE_CODES)


def test_browser_speaks_the_same_version_and_events():
    script = (Path(fairs.__file__).parent / "static" / "fairs" / "live.js").read_text()
    assert f"const VERSION = {VERSION};" in script
    assert set(re.findall(r'"(line_\w+)"', script)) <= set(events.ALL)


def test_browsers_call_each_other_by_the_signals_of_the_code():
    script = (Path(fairs.__file__).parent / "static" / "fairs" / "call.js").read_text()
    told = set(re.findall(r'\btell\("(\w+)"', script))
    assert told | {"offer", "answer"} == set(SIGNALS)  # those two by their description's type
    heard = set(re.findall(r'(?<![.\w])kind [!=]== "(\w+)"', script))
    assert heard == {"meeting_ended", "signalled"} <= set(events.ALL)
    assert f'data.what === "{journal.ERASED.what}"' in script


def test_every_command_has_a_handler():
    assert set(HANDLERS) == set(commands.ALL)


@pytest.mark.parametrize("kind", [*commands.ALL.values(), *events.ALL.values()])
def test_frames_are_frozen(kind):
    assert kind.__dataclass_params__.frozen


def test_a_command_cannot_be_changed_after_it_was_checked():
    command = commands.parse("join_line", {"booth": 7})
    assert command == commands.JoinLine(booth=7)
    with pytest.raises(FrozenInstanceError):
        command.booth = 8


def test_defaults_may_be_left_out():
    assert commands.parse("end_meeting", {"meeting": 1, "outcome": "declined"}) == commands.EndMeeting(
        meeting=1, outcome="declined", message=""
    )


@pytest.mark.parametrize("args", [None, [], "x", {"booth": None}, {"booth": 1.0}, {"booth": 2**63}])
def test_wrong_arguments_are_refused(args):
    with pytest.raises(BadCommand):
        commands.parse("join_line", args)


@pytest.mark.parametrize("name", [None, 1, [], "", "JoinLine"])
def test_unknown_names_are_refused(name):
    with pytest.raises(BadCommand):
        commands.parse(name, {})


class TestEvents:
    @pytest.mark.parametrize("kind", events.ALL.values())
    def test_written_and_read_is_the_same(self, kind):
        event = kind(**{field.name: 1 for field in fields(kind)})
        assert events.read(kind.kind, events.payload_of(event)) == event

    @pytest.mark.parametrize("payload", [{}, {"number": 1, "place": 1, "name": "x"}])
    def test_a_row_that_disagrees_with_the_code_is_an_error(self, payload):
        with pytest.raises(TypeError):
            events.read("line_joined", payload)

    def test_stream_names_are_safe_for_every_layer(self):
        names = [events.stream_name(kind.audience, 12) for kind in events.ALL.values()]
        assert all(re.fullmatch(r"[a-z]+-\d+", name) for name in names)

    def test_what_everybody_hears_names_no_person(self):
        wide = [kind for kind in events.ALL.values() if kind.audience in ("fair", "line")]
        named = {field.name for kind in wide for field in fields(kind)}
        assert named == {
            "status",
            "booths",
            "number",
            "place",
            "paused",
            "message",
            "announcement",
            "standing",
            "closed",
        }


class TestState:
    LINE = {"length": 3, "paused": False, "message": "", "number": 5, "place": 2}

    @pytest.mark.parametrize(
        ("event", "length", "place"),
        [
            # Places count, not numbers: a later number may stand before one's own.
            (events.LineLeft(number=9, place=1), 2, 1),
            (events.LineLeft(number=4, place=3), 2, 2),
            (events.LineLeft(number=5, place=2), 2, None),
            (events.LineJoined(number=9, place=1), 4, 3),
            (events.LineJoined(number=9, place=2), 4, 3),
            (events.LineJoined(number=1, place=3), 4, 2),
            (events.LineJoined(number=5, place=3), 4, 3),
        ],
    )
    def test_places_move(self, event, length, place):
        state = apply(self.LINE, event)
        assert state == {"length": length, "paused": False, "message": "", "number": 5, "place": place}
        assert self.LINE == {"length": 3, "paused": False, "message": "", "number": 5, "place": 2}

    def test_digest_replaces_what_it_names(self):
        state = {"status": "live", "booths": {"1": [4, 1, False], "2": [0, 0, False]}}
        assert apply(state, events.HallDigest(booths=[[1, 3, 2, True]])) == {
            "status": "live",
            "booths": {"1": [3, 2, True], "2": [0, 0, False]},
        }

    def test_messages_are_appended_and_the_end_told(self):
        state = {"status": "open", "outcome": "pending", "message": "", "messages": [], "asked": [True, 5]}
        said = events.MessageSent(message=1, by_student=True, what="text", text="好", at="t")
        state = apply(apply(state, said), events.MeetingEnded(outcome="offer", message="来吧"))
        assert state == {
            "status": "ended",
            "outcome": "offer",
            "message": "来吧",
            "messages": [[1, True, "text", "好", "t"]],
            "asked": None,
        }


class TestBucket:
    def test_burst_then_rate(self):
        moment = [0.0]
        bucket = Bucket(rate=10, burst=3, now=lambda: moment[0])
        assert [bucket.take() for _ in range(4)] == [True, True, True, False]
        moment[0] = 0.1
        assert [bucket.take(), bucket.take()] == [True, False]

    def test_rest_never_gives_more_than_the_burst(self):
        moment = [0.0]
        bucket = Bucket(rate=10, burst=3, now=lambda: moment[0])
        moment[0] = 1000.0
        assert [bucket.take() for _ in range(4)] == [True, True, True, False]
