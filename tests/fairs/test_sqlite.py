"""What SQLite must not be told: with figures of its tables it counts who stands before somebody wrongly."""

import re
from pathlib import Path

import pytest
from django.db import connection

from fairs import queries
from fairs.models import Ticket
from tests.factories.fairs import BoothFactory, TicketFactory

ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r"\bPRAGMA optimize|\bANALYZE\b(?! bench_positions)")
"""A table of the benchmark on PostgreSQL may be looked over."""


def test_nobody_asks_sqlite_for_figures():
    product = (
        path for top in ("backend", "fairs", "matching", "search") for path in (ROOT / top).rglob("*.py")
    )
    assert [str(path) for path in product if ASKED.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.django_db
def test_no_figures_are_there_and_places_are_right():
    booth = BoothFactory()
    for number in range(1, 30):
        TicketFactory(booth=booth, number=number, status="served" if number % 3 else "left")
    last = TicketFactory(booth=booth, number=30)
    assert "sqlite_stat1" not in connection.introspection.table_names()
    assert queries.with_place(Ticket.objects.filter(pk=last.pk)).get().place == 1
