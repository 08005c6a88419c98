"""Rows that every test of a file begins with: made once for the file, given back to each test as made, then rolled back.

Worth it where building costs more than the test. Not for tests that commit.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from backend.common import clock

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Where the frozen clock of a test stands: 09:00 in Shanghai."""


@contextmanager
def once(blocker, build: Callable[[], object]) -> Iterator[tuple[object, datetime]]:
    """For a fixture of the file: what `build` makes from START on, and where the clock stood then.

    The transaction stays open around all tests of the file; theirs become savepoints in it.
    """
    around = transaction.atomic()
    around._from_testcase = True  # as Django's own around a test: what has to be outermost may stand inside
    with blocker.unblock():
        around.__enter__()
    try:
        with blocker.unblock(), clock.frozen(START):
            made = build(), clock.now()
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


def own(made: tuple[object, datetime]):
    """For a fixture of the test, which has the database and the frozen clock: a copy that the test may change."""
    built, moment = made
    clock.advance(moment - clock.now())
    return copy.deepcopy(built)


def fixtures(build: Callable[[], object]) -> tuple[Any, Any]:
    """Both for a file, the first of which has to be named `made`: what `build` makes, and each test's own copy of it."""

    @pytest.fixture(scope="module")
    def made(django_db_setup, django_db_blocker):
        with once(django_db_blocker, build) as kept:
            yield kept

    @pytest.fixture
    def copied(made, db, frozen_now):
        return own(made)

    return made, copied
