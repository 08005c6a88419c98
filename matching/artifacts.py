"""Models on disk: one JSON file holds the numbers and the card, nothing in it is ever executed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from matching.features import meaning
from matching.features.registry import REGISTRY
from matching.rankers.curves import Learned
from matching.rankers.surface import Surface

_log = logging.getLogger(__name__)
FORMAT = 2
_FILE = re.compile(r"additive-(\d{4,})\.json")
_WITHDRAWN = re.compile(r"additive-(\d{4,})\.withdrawn\.json")


class ArtifactError(ValueError):
    """The file is damaged or was made for another feature list or library version."""


@dataclass(frozen=True)
class Card:
    """What a model is, what it learnt from and how it was judged.

    metrics: means over people per part and ranker ("people" never seen, "later" showings), what the gate measured
    over all and per group, and the fading of attention. fairness: figures per group, see evaluation/groups.py.
    proxies: how well the features tell each group, see evaluation/proxies.py. Both empty where no groups were given.
    """

    name: str
    accepted: bool
    reason: str
    features: tuple[str, ...]
    versions: dict[str, str]
    data_hash: str
    seed: int
    people: int
    showings: int
    data_until: str | None
    metrics: dict[str, dict[str, float]]
    fairness: dict[str, dict[str, float]] = field(default_factory=dict)
    proxies: dict[str, dict[str, Any]] = field(default_factory=dict)


def versions() -> dict[str, str]:
    """The libraries a model depends on."""
    return {
        "python": platform.python_version(),
        **{library: installed(library) for library in ("numpy", "scipy", "scikit-learn")},
        "encoder": meaning.version(),
    }


def next_name(directory: Path) -> str:
    """The name after the newest one there."""
    used = [*_numbers(directory), *_numbers(directory, _WITHDRAWN)]
    return f"additive-{max(used, default=0) + 1:04d}"


def newest_first(directory: Path) -> list[Path]:
    """All artifacts of a folder; a missing folder has none."""
    return [directory / f"additive-{number:04d}.json" for number in sorted(_numbers(directory), reverse=True)]


def newest_accepted(directory: Path) -> Learned | None:
    """The model that would serve from this folder today; None where only the rules would."""
    found = served(directory)
    return None if found is None else found[1]


def served(directory: Path) -> tuple[Card, Learned] | None:
    """The same with its card."""
    found = _serving(directory)
    return None if found is None else found[1:]


def rollback(directory: Path, name: str | None = None) -> str | None:
    """Takes the model that would serve today out of service for good; its name, or None where none would.

    name: only if it is this one, so that two who mean the same model do not take back two. The file is renamed in
    one step, kept, and its number is not given again. What is passed over as made for other features or libraries
    does not answer anybody, so it stays.
    """
    if not directory.is_dir():
        return None
    with alone(directory):
        found = _serving(directory)
        if found is None or name not in {None, found[0].stem}:
            return None
        found[0].rename(found[0].with_suffix(".withdrawn.json"))
        return found[0].stem


def add(directory: Path, card: Card, model: Learned, *, against: str | None = None) -> Card:
    """Writes a judged model under the next free number and tells its card as written.

    Trainings may run side by side: each gets a number of its own. against: the model that served when judging began;
    where a newer one was accepted since, this one was not held to it and is refused.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        card, model = renamed(card, model, next_name(directory))
        serving = _serving(directory)
        if card.accepted and serving is not None and _number(serving[0].stem) > _number(against):
            reason = f"{card.reason}; {serving[0].stem} was accepted meanwhile"
            card = replace(card, accepted=False, reason=reason)
        write(directory, card, model)
    return card


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """One at a time in this folder, over all processes of the machine; a process that dies lets go."""
    held = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def cards(directory: Path) -> list[Card]:
    """The cards of all readable models of a folder, newest first, withdrawn ones at their place."""
    found: dict[int, Path] = {
        number: directory / f"additive-{number:04d}.json" for number in _numbers(directory)
    }
    for number in _numbers(directory, _WITHDRAWN):
        found[number] = directory / f"additive-{number:04d}.withdrawn.json"
    read = []
    for number in sorted(found, reverse=True):
        try:
            card = read_card(found[number])
        except ArtifactError:
            continue
        gone = found[number].name.endswith(".withdrawn.json")
        read.append(replace(card, accepted=False, reason=f"withdrawn; {card.reason}") if gone else card)
    return read


def write(directory: Path, card: Card, model: Learned | None) -> Path:
    """Writes the file in one step: a reader sees all of it or nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    body = {"format": FORMAT, "card": asdict(card), "model": None if model is None else asdict(model)}
    text = json.dumps({**body, "checksum": _checksum(body)}, ensure_ascii=False, indent=1, sort_keys=True)
    path = directory / f"{card.name}.json"
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


def read_card(path: Path) -> Card:
    """The card alone; also of a model that could not serve here."""
    return _card(path, _body(path))


def read(path: Path) -> tuple[Card, Learned | None]:
    """Card and model, if the features, the scikit-learn and the encoder of today are those it was made with."""
    body = _body(path)
    card = _card(path, body)
    if card.features != tuple(REGISTRY):
        raise ArtifactError(f"{path.name}: made for other features: {_difference(card.features)}")
    for library, ours in (("scikit-learn", installed("scikit-learn")), ("encoder", meaning.version())):
        theirs = card.versions.get(library)
        if theirs != ours:
            raise ArtifactError(f"{path.name}: made with {library} {theirs}, this is {ours}")
    return card, None if body.get("model") is None else _model(path, body["model"])


def _serving(directory: Path) -> tuple[Path, Card, Learned] | None:
    """The newest accepted model that can be read here, with its file and card; what is passed over is logged."""
    for path in newest_first(directory):
        try:
            card, model = read(path)
        except ArtifactError as error:
            _log.warning("model not served: %s", error)
            continue
        if card.accepted and model is not None:
            return path, card, model
    return None


def _number(name: str | None) -> int:
    """Of "additive-0007" seven, 0 where there is none."""
    return int(name.partition("-")[2]) if name else 0


def renamed(card: Card, model: Learned, name: str) -> tuple[Card, Learned]:
    """Both under another name, also where figures of the card are the model's own."""
    own = f": {card.name}"
    metrics = {
        part.removesuffix(own) + f": {name}" if part.endswith(own) else part: figures
        for part, figures in card.metrics.items()
    }
    return replace(card, name=name, metrics=metrics), replace(model, name=name)


def _numbers(directory: Path, pattern: re.Pattern[str] = _FILE) -> list[int]:
    if not directory.is_dir():
        return []
    found = (pattern.fullmatch(path.name) for path in directory.iterdir())
    return [int(match[1]) for match in found if match]


def _body(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ArtifactError(f"{path.name}: not a model of format {FORMAT}")
    if body.pop("checksum", None) != _checksum(body):
        raise ArtifactError(f"{path.name}: changed or damaged since it was written")
    return body


def _checksum(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _card(path: Path, body: dict[str, Any]) -> Card:
    try:
        card = body["card"]
        told = {name: {**row, "telling": tuple(row["telling"])} for name, row in card["proxies"].items()}
        return Card(**{**card, "features": tuple(card["features"]), "proxies": told})
    except (KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(f"{path.name}: no card of this format: {error!r}") from error


def _model(path: Path, body: dict[str, Any]) -> Learned:
    try:
        model = Learned(
            body["name"],
            tuple(body["features"]),
            body["base"],
            tuple(map(tuple, body["knots"])),
            tuple(map(tuple, body["heights"])),
            tuple(body["missing"]),
            tuple(_surface(row) for row in body["surfaces"]),
        )
    except (KeyError, TypeError) as error:
        raise ArtifactError(f"{path.name}: no model of this format: {error!r}") from error
    lengths = {len(part) for part in (model.features, model.knots, model.heights, model.missing)}
    if model.features != tuple(REGISTRY) or len(lengths) != 1:
        raise ArtifactError(f"{path.name}: the model's features are not those of its card")
    return model


def _surface(body: dict[str, Any]) -> Surface:
    lists = {name: tuple(body[name]) for name in ("rows", "columns")}
    return Surface(**{**body, **lists, "weights": tuple(map(tuple, body["weights"]))})


def _difference(features: tuple[str, ...]) -> str:
    gone = sorted(set(features) - set(REGISTRY))
    new = sorted(set(REGISTRY) - set(features))
    return f"gone {gone}, new {new}" if gone or new else "another order"
