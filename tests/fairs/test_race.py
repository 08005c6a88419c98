"""Six recruiters call at once, over real connections: nobody is called twice; with the guard off somebody is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

RACE = """
import sys, threading
from collections import Counter
from datetime import timedelta
import django
django.setup()
from django.core.management import call_command
from django.db import connections
call_command("migrate", run_syncdb=True, verbosity=0)
from backend.common import clock
from backend.common.errors import Conflict
from fairs.domain import line
from fairs.models import Ticket
from tests.factories.fairs import BoothFactory, TicketFactory, recruiter_at
guarded = sys.argv[1] == "on"
booth = BoothFactory()
recruiters = [recruiter_at(booth) for _ in range(6)]
calls = Counter()
lock = threading.Lock()
barrier = threading.Barrier(6)

def unguarded(actor, booth_id):
    # What call_next would be without conditional update and transaction: read the first, then write it.
    ticket = Ticket.objects.filter(booth_id=booth_id, status="waiting").order_by("number").first()
    barrier.wait()
    moment = clock.now()
    Ticket.objects.filter(pk=ticket.pk).update(status="called", called_by=actor.user_id, called_at=moment, answer_by=moment)
    return ticket

def call(actor):
    try:
        ticket = line.call_next(actor=actor, booth_id=booth.pk) if guarded else unguarded(actor, booth.pk)
        with lock:
            calls[ticket.pk] += 1
    except Conflict:
        pass
    finally:
        connections.close_all()

for _ in range(int(sys.argv[2])):
    for _ in range(6):
        TicketFactory(booth=booth)
    barrier.reset()
    threads = [threading.Thread(target=call, args=(actor,)) for actor in recruiters]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    Ticket.objects.filter(status="called").update(status="served")
    Ticket.objects.filter(status="waiting").update(status="left")
print("calls", sum(calls.values()), "twice", sum(1 for count in calls.values() if count > 1))
"""


def _race(folder, guard, rounds):
    env = os.environ | {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "backend.config.settings",
        "LOG_LEVEL": "ERROR",
    }
    env.pop("DATABASE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", RACE, guard, str(rounds)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    words = ran.stdout.split()
    return int(words[-3]), int(words[-1])


@pytest.mark.parametrize("rounds", [10])
def test_six_callers_never_call_the_same_student(tmp_path, rounds):
    assert _race(tmp_path, "on", rounds) == (6 * rounds, 0)


def test_the_race_is_real_without_the_guard(tmp_path):
    calls, twice = _race(tmp_path, "off", 5)
    assert calls == 30
    assert twice > 0
