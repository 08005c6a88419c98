"""Run the worker as its own process: outbox, notifications, index, reminders."""

import signal
import threading

from django.core.management.base import BaseCommand

from backend.common import worker


class Command(BaseCommand):
    help = "Deliver the outbox and run periodic jobs until stopped."

    def handle(self, *args, **options):
        """Loop until SIGTERM or Ctrl-C; the entry in hand is finished first."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        worker.loop(stop)
