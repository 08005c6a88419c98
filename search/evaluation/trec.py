"""Labelled sets in the shape of TREC: queries and corpus as lines of id and text, and judgements (qrels).

    queries, corpus    id TAB text; a first line such as `id TAB text` is a header
    qrels              query 0 document relevance, or query document relevance; a first line without a number is a header

A fault is a ValueError that names the file and the line.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from search.evaluation.sets import LabelledSet, documents, opened

_HEADER = re.compile(r"(\w*[_\- ]?)?id", re.IGNORECASE)


def trec(queries: Path, corpus: Path, qrels: Path) -> LabelledSet:
    """The set; queries without a relevant document are left out, relevant documents that are not there count as missed."""
    texts = _texts(corpus)
    places = {name: place for place, name in enumerate(texts, 1)}
    gains: dict[str, dict[int, float]] = {}
    for query, document, gain in _judgements(qrels):
        place = places.setdefault(document, -len(places) - 1)
        if gain > 0:
            gains.setdefault(query, {})[place] = gain
    asked = [(text, gains[name]) for name, text in _texts(queries).items() if name in gains]
    return LabelledSet("trec", documents(list(texts.values())), asked)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _fault(path: Path, number: int, what: str) -> ValueError:
    return ValueError(f"{path.name}, line {number}: {what}")


def _texts(path: Path) -> dict[str, str]:
    """id -> text, in the order of the file."""
    found: dict[str, str] = {}
    for number, line in _lines(path):
        name, tab, text = line.partition("\t")
        name = name.strip()
        if not tab or not name:
            raise _fault(path, number, "not an id, a tab and a text")
        if number == 1 and _HEADER.fullmatch(name):
            continue
        if name in found:
            raise _fault(path, number, f"the id {name} stands twice")
        found[name] = " ".join(text.split())
    return found


def _judgements(path: Path) -> Iterator[tuple[str, str, float]]:
    for number, line in _lines(path):
        parts = line.split()
        if len(parts) not in {3, 4}:
            raise _fault(path, number, "not a query, a document and a relevance")
        try:
            gain = float(parts[-1])
        except ValueError:
            if number == 1:
                continue
            raise _fault(path, number, f"the relevance {parts[-1]} is no number") from None
        yield parts[0], parts[-2], gain
