"""SQLite chooses the key over an index that nearly all rows share, once it has looked over its tables."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.actor import ANONYMOUS
from backend.common import periodic, planning
from backend.positions.queries import open_positions_visible_to
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

pytestmark = pytest.mark.django_db


def by_key_and_by_status(ids):
    """Whether the rows of a page of hits are read by their keys, and whether by what nearly all of them are."""
    rows = open_positions_visible_to(ANONYMOUS).filter(pk__in=ids)
    (plan,) = (line for line in rows.explain().splitlines() if "positions_position" in line)
    return "rowid=?" in plan, "position_by_status" in plan


def forget_figures():
    """As a database is that nobody has looked over yet: the connection keeps what another test's looking told it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name IN ('sqlite_stat1', 'sqlite_stat4')")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("ANALYZE sqlite_schema")


def test_hits_are_read_by_their_keys():
    company, occupation = CompanyFactory(verified=True), OccupationFactory()
    rows = PositionFactory.create_batch(120, company=company, occupation=occupation, published=True)
    ids = [row.pk for row in rows[:20]]
    if connection.vendor == "sqlite":
        forget_figures()
        assert by_key_and_by_status(ids) == (False, True)
    with CaptureQueriesContext(connection) as said:
        planning.look_over_tables()
    if connection.vendor == "sqlite":
        assert by_key_and_by_status(ids) == (True, False)
    assert len(said) == (2 if connection.vendor == "sqlite" else 0)


def test_tables_are_looked_over_every_hour():
    job = periodic._jobs["common.look_over_tables"]
    assert (job.run, job.every.total_seconds(), job.apart) == (planning.look_over_tables, 3600, False)
