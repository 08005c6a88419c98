"""What a small school would search with instead, over the same rows and the same log: `icontains`, PostgreSQL full text.

PostgreSQL finds no words in Chinese by itself, so it is given the words that search cuts: those of the title before those
of the duties. Both answer with a number of hits and a first page of ids, without facets, scope or highlights.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import environ
import psycopg

from backend.positions.benchmark.figures import Check, percentile
from backend.positions.models import Position
from search.text import tokens

PAGE, BATCH, FEW = 20, 5_000, 20
Params = Mapping[str, str]


def by_contains(log: Sequence[Params]) -> Iterator[Check]:
    """`icontains` over title and duties, newest first."""
    yield from _figures("icontains", log[:FEW], _contains)


def _contains(text: str) -> int:
    rows = Position.objects.filter(title__icontains=text) | Position.objects.filter(duties__icontains=text)
    found = rows.count()
    list(rows.order_by("-published_at").values_list("pk", flat=True)[:PAGE])
    return found


def by_full_text(url: str, log: Sequence[Params]) -> Iterator[Check]:
    """PostgreSQL full text under a GIN index, best first; the table is gone when the connection is."""
    with psycopg.connect(**_address(url)) as connection, connection.cursor() as cursor:
        _fill(cursor)
        yield from _figures("PostgreSQL full text", log, lambda text: _matched(cursor, text))
        connection.rollback()


def _address(url: str) -> dict[str, Any]:
    read = environ.Env.db_url_config(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {other: read[name] for name, other in names.items() if read.get(name)}


def _fill(cursor: psycopg.Cursor) -> None:
    cursor.execute("CREATE TEMP TABLE bench_positions (id bigint, words tsvector)")
    put = (
        "INSERT INTO bench_positions SELECT id, setweight(array_to_tsvector(title), 'A')"
        " || setweight(array_to_tsvector(duties), 'D') FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS r(id, t, d),"
        " string_to_array(t, ' ') AS title, string_to_array(d, ' ') AS duties"
    )
    rows = Position.objects.order_by("pk").values_list("pk", "title", "duties")
    batch: list[tuple[int, str, str]] = []
    for pk, title, duties in rows.iterator(BATCH):
        batch.append((pk, " ".join(tokens(title)), " ".join(tokens(duties))))
        if len(batch) == BATCH:
            cursor.execute(put, [list(column) for column in zip(*batch, strict=True)])
            batch.clear()
    if batch:
        cursor.execute(put, [list(column) for column in zip(*batch, strict=True)])
    cursor.execute("CREATE INDEX ON bench_positions USING gin (words)")
    cursor.execute("ANALYZE bench_positions")


def _matched(cursor: psycopg.Cursor, text: str) -> int:
    """All words must be there, as `plainto_tsquery` has it."""
    wanted = " & ".join(
        f"'{token}'" for token in dict.fromkeys(tokens(text)) if "'" not in token and "\\" not in token
    )
    cursor.execute("SELECT count(*) FROM bench_positions WHERE words @@ %s::tsquery", [wanted])
    (found,) = cursor.fetchone() or (0,)
    page = (
        "SELECT id FROM bench_positions, CAST(%s AS tsquery) AS wanted WHERE words @@ wanted"
        f" ORDER BY ts_rank(words, wanted) DESC, id DESC LIMIT {PAGE}"
    )
    cursor.execute(page, [wanted])
    cursor.fetchall()
    return int(found)


def _figures(label: str, log: Sequence[Params], ask: Callable[[str], int]) -> Iterator[Check]:
    """Times, and how often it finds nothing; an empty query lists everything in any of them and is left out."""
    texts = [params["q"] for params in log if params["q"]]
    if not texts:
        return
    times, nothing = [], 0
    for text in texts:
        began = time.perf_counter()
        nothing += not ask(text)
        times.append((time.perf_counter() - began) * 1000)
    for share, word in ((0.5, "p50"), (0.95, "p95")):
        yield Check(f"beside it, {label} without facets, {word}, ms", round(percentile(times, share), 1))
    yield Check(f"beside it, {label}, share of searches that find nothing", round(nothing / len(times), 2))
