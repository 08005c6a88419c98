"""Connections to the database in threads that last as long as their process: opened once a minute, not once a piece of work.

Opening SQLite's takes longer than most of what is then asked of it; Django closes it after each request, because there a thread
may never come back. A thread that does says `last`: its connection is then closed when it failed or is AGE old, by whoever calls
Django's `close_old_connections` or channels' `DatabaseSyncToAsync` in it.
"""

import threading
import time
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

AGE = 60.0
"""Seconds, as for PostgreSQL in the settings."""

_here = threading.local()


def last() -> None:
    """Say that this thread lasts; its next connections do, too."""
    _here.lasts = True


def keep(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Give a connection of such a thread its time."""
    if getattr(_here, "lasts", False):
        connection.close_at = time.monotonic() + AGE


connection_created.connect(keep, dispatch_uid="backend.common.lasting")
