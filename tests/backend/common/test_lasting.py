"""Connections of threads that last stay open from one piece of work to the next, until they are old or have failed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, close_old_connections, connection, connections, transaction

from backend.common import lasting

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def thread(**options):
    """One thread; its connection is closed with it."""
    with ThreadPoolExecutor(1, **options) as pool:
        try:
            yield lambda work: pool.submit(work).result()
        finally:
            pool.submit(connections.close_all).result()


def opened():
    """The connection a piece of work is done with, closed after it where Django says so."""
    close_old_connections()
    connection.ensure_connection()
    used = connection.connection
    close_old_connections()
    return used, connection.connection is used


def no_age(monkeypatch):
    """As SQLite's are set; PostgreSQL's last in every thread."""
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)


def test_a_thread_that_lasts_keeps_its_connection(monkeypatch):
    no_age(monkeypatch)
    with thread(initializer=lasting.last) as run:
        (first, kept), (second, _kept) = run(opened), run(opened)
    assert (kept, first is second) == (True, True)


def test_any_other_thread_gives_it_back_after_each_piece(monkeypatch):
    no_age(monkeypatch)
    with thread() as run:
        assert run(opened)[1] is False


def test_one_that_is_old_is_closed(monkeypatch):
    monkeypatch.setattr(lasting, "AGE", 0.0)
    with thread(initializer=lasting.last) as run:
        assert run(opened)[1] is False


def test_one_that_failed_is_closed(monkeypatch):
    def failing():
        connection.ensure_connection()
        connection.errors_occurred = True
        monkeypatch.setattr(type(connections["default"]), "is_usable", lambda _connection: False)
        return opened()[0]

    with thread(initializer=lasting.last) as run:
        before = run(lambda: opened()[0])
        assert run(failing) is not before


def test_what_was_rolled_back_leaves_no_transaction_to_the_next():
    def broken():
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        close_old_connections()

    def state():
        connection.ensure_connection()
        return connection.in_atomic_block, connection.needs_rollback

    with thread(initializer=lasting.last) as run:
        run(broken)
        assert run(state) == (False, False)
