"""Empty the database after a test that committed: only tables that hold rows, and without building permissions anew.

Django's own `flush` empties every table (on PostgreSQL by a TRUNCATE, which writes a file for each of a hundred of
them) and then sends `post_migrate`, which makes content types and permissions again: about a second per test for what
is a handful of rows. Content types and permissions come with the schema, no test changes them, and they stay.
"""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = frozenset({"django_migrations", ContentType._meta.db_table, Permission._meta.db_table})


def empty(alias: str) -> list[str]:
    """Delete the rows of every table that has some; the names of these tables. Numbers go on counting."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    tables = [
        name for name in connection.introspection.django_table_names(only_existing=False) if name not in KEPT
    ]
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in tables
    )
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(asked)
        filled = [name for (name,) in cursor.fetchall()]
        for name in filled:  # foreign keys are checked at the end of the transaction: the order is free
            cursor.execute(f"DELETE FROM {quote(name)}")
    return filled


def _teardown(case: TransactionTestCase) -> None:
    for alias in case._databases_names(include_mirrors=False):
        empty(alias)


def install() -> None:
    """Empty the database this way after every transactional test of the run."""
    TransactionTestCase._fixture_teardown = _teardown
