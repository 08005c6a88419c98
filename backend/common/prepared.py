"""Queries whose SQL is made once: making it takes Django longer than the database takes to answer one for a page of rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Prepared:
    """A query for values, run with other values in the places of its marks.

    `marks` says what stands in the query for which name: numbers that no row has, or a moment. Every mark must come out
    in the SQL as it went in, else ValueError: a query that forgets what it is asked for must not run.
    """

    def __init__(self, rows: QuerySet, marks: Mapping[Any, str]) -> None:
        compiler = rows.query.get_compiler(rows.db)
        self.sql, params = compiler.as_sql()
        names = {_stored(mark): name for mark, name in marks.items()}
        self.places = [(names.get(value) if _plain(value) else None, value) for value in params]
        if missing := set(marks.values()) - {name for name, _value in self.places}:
            raise ValueError(f"no place in the query for {sorted(missing)}")
        self.converters = compiler.get_converters([column for column, *_rest in compiler.select]).items()

    def run(self, values: Mapping[str, Any]) -> list[list[Any]]:
        """The rows for these values, by the names of the marks."""
        params = [value if name is None else _stored(values[name]) for name, value in self.places]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = [list(row) for row in cursor.fetchall()]
        for place, (converters, expression) in self.converters:
            for row in rows:
                for converter in converters:
                    row[place] = converter(row[place], expression, connection)
        return rows


def _plain(value: Any) -> bool:
    return isinstance(value, int | str | datetime)


def _stored(value: Any) -> Any:
    """As the database is told it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
