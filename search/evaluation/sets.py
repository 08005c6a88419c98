"""Labelled sets: documents, and queries with the ids that are relevant. Read where they lie, never copied."""

import csv
import gzip
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from search.documents import PositionDocument

LEAST_RELEVANT = 5
LONGEST_FIELD = 10_000_000
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LabelledSet:
    """Documents and queries; of a query the relevant ids, or their gains by id."""

    name: str
    documents: Sequence[PositionDocument]
    queries: Sequence[tuple[str, Collection[int]]]


def titles(path: Path) -> LabelledSet:
    """Posting titles with an occupation each. Query: the name of an occupation; relevant: titles labelled with it.

    Columns job_name and expected_name; occupations of fewer than five titles are not asked for.
    """
    rows = list(_rows(path, "job_name", "expected_name"))
    return _by_label("titles", [row["job_name"] for row in rows], [row["expected_name"] for row in rows])


def crosslingual(path: Path) -> LabelledSet:
    """Occupations of one board in both languages. Query: the Chinese name; relevant: its English name.

    Columns zh, en; a name that stands for several is right with any of them.
    """
    rows = [row for row in _rows(path, "zh", "en") if row["zh"].strip() and row["en"].strip()]
    names = list(dict.fromkeys(row["en"] for row in rows))
    places = {name: place for place, name in enumerate(names, 1)}
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row["zh"]].add(places[row["en"]])
    return LabelledSet("cross", documents(names), [(zh, frozenset(ids)) for zh, ids in wanted.items()])


def categories(path: Path) -> LabelledSet:
    """Postings of a board with its own category. Query: the category; relevant: its postings, whose column is not indexed.

    The title's column is the first of 岗位名称, title and Title, the category's of 岗位分类, category and Category.
    """
    rows = list(_rows(path))
    title = _first_of(("岗位名称", "title", "Title"), rows, path)
    label = _first_of(("岗位分类", "category", "Category"), rows, path)
    return _by_label(path.name.split(".")[0], [row[title] for row in rows], [row[label] for row in rows])


READERS: dict[str, Callable[[Path], LabelledSet]] = {
    "titles": titles,
    "cross": crosslingual,
    "category": categories,
}


def _first_of(names: Sequence[str], rows: Sequence[dict[str, str]], path: Path) -> str:
    for name in names:
        if rows and name in rows[0]:
            return name
    raise ValueError(f"{path.name} has no column {' or '.join(names)}")


def _by_label(name: str, names: Sequence[str], labels: Sequence[str]) -> LabelledSet:
    wanted: dict[str, set[int]] = defaultdict(set)
    for place, label in enumerate(labels, 1):
        if label.strip():
            wanted[label.strip()].add(place)
    queries = [(label, frozenset(ids)) for label, ids in wanted.items() if len(ids) >= LEAST_RELEVANT]
    return LabelledSet(name, documents(names), queries)


def fault(path: Path, number: int, what: str) -> ValueError:
    """What is wrong with a line of a file."""
    return ValueError(f"{path.name}, line {number}: {what}")


def lines(path: Path) -> Iterator[str]:
    """The lines of a file of UTF-8, compressed or not, each ending in a line feed and holding no other end of a line.

    ValueError names the line that cannot be read.
    """
    number = 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        try:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8").rstrip("\r\n").replace("\r", " ") + "\n"
                yield text.removeprefix("\ufeff") if number == 1 else text
        except UnicodeDecodeError:
            raise fault(path, number, "not text in UTF-8") from None
        except (EOFError, zlib.error):
            raise fault(path, number + 1, "the compressed file ends or breaks here") from None


def documents(names: Sequence[str]) -> list[PositionDocument]:
    """Documents with these titles, numbered from 1."""
    return [
        PositionDocument(
            id=place, version=1, title=name, company="", company_id=1, published_at=DAY, school_ids=(1,)
        )
        for place, name in enumerate(names, 1)
    ]


def _rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    """Rows of a csv file, compressed or not; what is missing is empty. ValueError names columns that are not there."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(lines(path))
    try:
        if absent := [name for name in columns if name not in (reader.fieldnames or ())]:
            raise ValueError(f"{path.name} has no column {', '.join(absent)}")
        for row in reader:
            yield {name: value or "" for name, value in row.items() if name is not None}
    except csv.Error as error:
        raise fault(path, reader.line_num, str(error)) from None
