"""Threads with database connections of their own, released together, on SQLite and PostgreSQL."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

PATIENCE = 30


def race(*works: Callable[[], Any]) -> list[Any]:
    """Run every work at the same moment; what each gave, or the exception it raised, in their order."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        def begin() -> Any:
            gate.wait(PATIENCE)
            return works[index]()

        results[index] = _outcome(begin)
        connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a racer hangs"
    return results


def codes(results: list[Any]) -> list[str]:
    """The codes of the refusals, sorted; anything else that was raised fails the test."""
    for result in results:
        if isinstance(result, Exception) and not hasattr(result, "code"):
            raise result
    return sorted(result.code for result in results if isinstance(result, Exception))


def meeting_point(parties: int) -> Callable[[], None]:
    """A point in the middle of a work where all must arrive before any goes on; who comes alone goes on alone."""
    barrier = threading.Barrier(parties)

    def wait() -> None:
        try:
            barrier.wait(2)
        except threading.BrokenBarrierError:
            return

    return wait


def interrupted(work: Callable[[], Any], at: str, other: Callable[[], Any]) -> list[Any]:
    """What the two gave, or the exception each raised, where `other` comes in the middle of `work`.

    `other` runs on a connection of its own from just before the first statement of `work` that begins with `at`, until
    it is done or waits for a lock that `work` holds; then `work` goes on. On SQLite a writer waits for any other.
    """
    results: list[Any] = [None, None]
    pids: list[int] = []

    def begin() -> Any:
        connection.ensure_connection()
        pids.append(connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0)
        return other()

    def run() -> None:
        results[1] = _outcome(begin)
        connections.close_all()

    thread = threading.Thread(target=run)

    def come_between(execute, sql, params, many, context):
        if sql.startswith(at) and thread.ident is None:
            thread.start()
            _until_done_or_waiting(thread, pids)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(come_between):
        results[0] = _outcome(work)
    assert thread.ident is not None, f"nothing began with {at}"
    thread.join(PATIENCE)
    assert not thread.is_alive(), "a racer hangs"
    return results


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the test looks at what was raised
        return error


def _until_done_or_waiting(thread: threading.Thread, pids: list[int]) -> None:
    waits = "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted"
    for _look in range(3000):
        thread.join(0.05 if connection.vendor == "sqlite" else 0.01)
        if not thread.is_alive() or (connection.vendor == "sqlite" and connection.in_atomic_block):
            return
        if pids and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(waits, pids)
                if cursor.fetchone()[0]:
                    return
    raise AssertionError("the other is neither done nor waiting")
