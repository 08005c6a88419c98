"""Labelled sets in the shape of TREC: queries and corpus as lines of id and text, and judgements (qrels).

    queries, corpus    id TAB text; a first line such as `id TAB text` is a header
    qrels              query 0 document relevance, or query document relevance, parted by tabs or spaces; a first line
                       without a number is a header

A fault is a ValueError that names the file and the line.
"""

import math
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from search.evaluation.sets import LabelledSet, documents, fault, lines

# What the columns of a first line are called that is a header; one whose id is judged is a line like any other.
_ID = re.compile(
    r"#?(?:\w+[_\- ]|q|p|d|doc|query|corpus|document|passage|topic)?id|docno|number", re.IGNORECASE
)
_TEXT = {"text", "title", "query", "question", "topic", "content", "contents", "passage", "body", "document"}


def trec(queries: Path, corpus: Path, qrels: Path) -> LabelledSet:
    """The set; queries without a relevant document are left out, relevant documents that are not there count as missed."""
    judged = list(_judgements(qrels))
    texts = _texts(corpus, {document for _, document, _ in judged})
    asked = _texts(queries, {query for query, _, _ in judged})
    places = {name: place for place, name in enumerate(texts, 1)}
    gains: dict[str, dict[int, float]] = {}
    for query, document, gain in judged:
        gains.setdefault(query, {})[places.setdefault(document, -len(places) - 1)] = gain
    wanted = {
        query: {place: gain for place, gain in of_query.items() if gain > 0}
        for query, of_query in gains.items()
    }
    return LabelledSet(
        "trec",
        documents(list(texts.values())),
        [(text, wanted[name]) for name, text in asked.items() if wanted.get(name)],
    )


def _texts(path: Path, judged: Collection[str]) -> dict[str, str]:
    """id -> text, in the order of the file; a line that says the same again is passed over."""
    found: dict[str, str] = {}
    for number, line in _numbered(path):
        name, tab, text = line.partition("\t")
        name = name.strip()
        if not tab or not name:
            raise fault(path, number, "not an id, a tab and a text")
        text = " ".join(text.split())
        if number == 1 and name not in judged and (_ID.fullmatch(name) or text.casefold() in _TEXT):
            continue
        if found.setdefault(name, text) != text:
            raise fault(path, number, f"the id {name} stands twice")
    return found


def _judgements(path: Path) -> Iterator[tuple[str, str, float]]:
    for number, line in _numbered(path):
        parts = [part.strip() for part in line.strip().split("\t")]
        if len(parts) not in {3, 4}:
            parts = line.split()
        if len(parts) not in {3, 4}:
            raise fault(path, number, "not a query, a document and a relevance")
        try:
            gain = float(parts[-1])
        except ValueError:
            if number == 1:
                continue
            gain = math.nan
        if not math.isfinite(gain):
            raise fault(path, number, f"the relevance {parts[-1]} is no number")
        yield parts[0], parts[-2], gain


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that hold anything, with their numbers from 1."""
    return ((number, line) for number, line in enumerate(lines(path), 1) if line.strip())
