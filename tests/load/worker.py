"""`python -m tests.load.worker VICTIM`: the product's worker; where it is the victim it kills itself before or after a digest."""

import os
import random
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import django

AT_MOST = 4


def main(victim: str) -> None:
    """Work until SIGTERM, or until the drawn digest."""
    django.setup()
    from backend.common import outbox, worker
    from fairs.domain import digest

    if victim == "worker" and not os.environ.get("LIVES"):
        topic = outbox._topics[digest.TOPIC]
        outbox._topics[digest.TOPIC] = replace(topic, handle=_mortal(topic.handle))
    if os.environ.get("UNGUARDED") == "worker":
        from tests.chaos import guards

        guard = guards.at_most_once()
        guard.__enter__()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.loop(stop)


def _mortal(publish) -> Any:
    """The handler, which does not come back from one of its next calls."""
    left, before = [random.randint(0, AT_MOST)], random.random() < 0.5

    def publish_and_die(payloads: Sequence[dict[str, Any]]) -> None:
        left[0] -= 1
        if left[0] < 0 and before:
            os.kill(os.getpid(), signal.SIGKILL)
        publish(payloads)
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return publish_and_die


if __name__ == "__main__":
    main(sys.argv[1])
