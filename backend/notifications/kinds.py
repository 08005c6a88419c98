"""The kinds of notification: each app declares its own in ready()."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class _Given(dict[str, Any]):
    """Params of a stored notification; what its sentence has come to name since then is a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


WaysOut = Callable[[dict[str, Any]], Sequence[tuple[str, str]]]
"""Params → what a reader of the mail can stop, in words, and the path that stops it; the first one stops this mail."""

Words = Callable[[dict[str, Any]], dict[str, Any]]
"""Params as stored → further ones, or the same ones in words, in the active language."""


@dataclass(frozen=True)
class Kind:
    """A kind of notification: its sentence (lazy, with %(…)s params), whether it is mailed too, how to stop it, and what
    of its params is said in words of the reader's language."""

    name: str
    sentence: Any
    mail: bool
    ways_out: WaysOut | None = None
    words: Words | None = None

    def text(self, params: dict[str, Any]) -> str:
        """The sentence in the active language, filled."""
        said = {**params, **self.words(params)} if self.words else params
        return str(self.sentence) % _Given(said)


kinds: dict[str, Kind] = {}


def register_kind(
    name: str,
    sentence: Any,
    *,
    mail: bool = True,
    ways_out: WaysOut | None = None,
    words: Words | None = None,
) -> None:
    """Declare a kind with its lazily translated sentence; called from an app's ready().

    A path of `ways_out` must ask at a GET and act at a POST, signed out too: mail programs post to it (RFC 8058).
    """
    kinds[name] = Kind(name, sentence, mail, ways_out, words)


def ways_out_of(name: str, params: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """What the reader of a notification can stop, in the active language; nothing for most kinds."""
    known = kinds.get(name)
    return known.ways_out(params) if known and known.ways_out else ()


def text_of(name: str, params: dict[str, Any]) -> str:
    """The sentence of a stored notification; one whose kind no longer exists shows the kind's name."""
    known = kinds.get(name)
    return known.text(params) if known else name
