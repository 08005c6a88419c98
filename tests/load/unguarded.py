"""The application with the guard off that UNGUARDED names the victim of: what chaos must then find."""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from django.db import transaction

from backend.config.asgi import application
from fairs.realtime import handlers, hub

HOLD = 0.1
"""Seconds between an answer and its commit."""

_late = ThreadPoolExecutor(max_workers=8)
_run = handlers.run


def answer_first(user_id: int, command_id: str, command) -> handlers.Answer:
    """Answer before the commit."""
    early: Future[handlers.Answer] = Future()

    def work() -> None:
        try:
            with transaction.atomic():
                early.set_result(_run(user_id, command_id, command))
                threading.Event().wait(HOLD)
        except BaseException as error:
            if not early.done():
                early.set_exception(error)
            raise

    _late.submit(work)
    return early.result()


match os.environ.get("UNGUARDED"):
    case "server" | "postgres":
        handlers.run = answer_first
    case "redis":
        hub.POLL = timedelta(days=1)

__all__ = ["application"]
