"""The kinds of notification: each app declares its own in ready()."""

from dataclasses import dataclass
from typing import Any


class _Given(dict[str, Any]):
    """Params of a stored notification; what its sentence has come to name since then is a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


@dataclass(frozen=True)
class Kind:
    """A kind of notification: its sentence (lazy, with %(…)s params) and whether it is mailed too."""

    name: str
    sentence: Any
    mail: bool

    def text(self, params: dict[str, Any]) -> str:
        """The sentence in the active language, filled."""
        return str(self.sentence) % _Given(params)


kinds: dict[str, Kind] = {}


def register_kind(name: str, sentence: Any, *, mail: bool = True) -> None:
    """Declare a kind with its lazily translated sentence; called from an app's ready()."""
    kinds[name] = Kind(name, sentence, mail)


def text_of(name: str, params: dict[str, Any]) -> str:
    """The sentence of a stored notification; one whose kind no longer exists shows the kind's name."""
    known = kinds.get(name)
    return known.text(params) if known else name
