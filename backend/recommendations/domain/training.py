"""The ranker learns: by hand or at night, one training at a time, with a way back in one command."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import SYSTEM
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict
from backend.recommendations.enums import RunStatus
from backend.recommendations.models import TrainingRun
from backend.recommendations.queries import showings
from backend.recommendations.queries.groups import Groups, held_groups
from backend.recommendations.serving import forget, standing
from matching import api as matching

log = structlog.get_logger(__name__)

NIGHT = range(2, 5)
"""Hours of the platform's time zone in which the nightly training may begin."""
GIVEN_UP_AFTER = timedelta(hours=2)

_started: list[subprocess.Popen] = []
"""Trainings this process started and has not seen end."""


def train_ranker(
    *,
    seed: int = 0,
    nightly: bool = False,
    progress: Callable[[str], None] | None = None,
    attributes: Groups | None = None,
) -> TrainingRun:
    """Learn from everything shown and done, keep the judged model; the gate decides whether it serves.

    attributes: protected ones, for judging this once. The groups the school holds are always judged.
    Conflict("training_runs") while another training runs, Conflict("trained_tonight") for a second one of a night.
    """
    run = _begin(clock.today() if nightly else None)
    folder = Path(settings.MODELS_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        card = matching.train(
            showings(),
            folder,
            seed=seed,
            progress=lambda said: _say(run, said, progress),
            attributes=attributes,
            groups=held_groups(keyed=True),
        )
    except Exception as error:
        # Whatever went wrong, the run must not stand as running; it is raised again.
        _end(run, RunStatus.FAILED, message=repr(error))
        raise
    _end(run, RunStatus.ACCEPTED if card.accepted else RunStatus.REFUSED, card.name, card.reason)
    if not card.people:
        # Nobody has done anything yet: rules whose weights were fitted beforehand answer until somebody has.
        matching.start_cold(folder)
    forget()
    standing()
    return run


def roll_back(model: str | None = None) -> str | None:
    """Take the model that serves out of service for good; its name, or None where only the rules do.

    model: only if it is this one, so that two people who mean the same one do not take back two.
    """
    withdrawn = matching.rollback(Path(settings.MODELS_DIR), model)
    forget()
    if withdrawn is None:
        return None
    after = standing().model
    # A model that came as a file, not from a training here, has no run: it is noted at none.
    run = TrainingRun.objects.filter(model=withdrawn).order_by("pk").last() or TrainingRun(pk=0)
    record(
        actor=SYSTEM,
        verb="ranker.rolled_back",
        target=run,
        before=withdrawn,
        after=after,
        data={"model": withdrawn},
    )
    log.warning("ranker_rolled_back", before=withdrawn, after=after)
    return withdrawn


def is_due(now: datetime) -> bool:
    """Whether it is night and this night's training has not begun."""
    local = timezone.localtime(now)
    return local.hour in NIGHT and not TrainingRun.objects.filter(night=local.date()).exists()


def start_nightly() -> bool:
    """Have a process of its own train when it is due, so that the worker goes on; whether one was started.

    Two workers that start one at once are told apart by the database: one night, one run.
    """
    # Asked every few minutes: a child that has ended is let go, so that none stays behind as a zombie.
    _started[:] = [child for child in _started if child.poll() is None]
    if not is_due(clock.now()):
        return False
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "train_ranker", "--nightly"]
    _started.append(
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    )
    return True


def _say(run: TrainingRun, said: str, progress: Callable[[str], None] | None) -> None:
    """Note for staff how far a training is, and tell whoever started it."""
    TrainingRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
        progress=said[:200], heard_at=clock.now()
    )
    if progress is not None:
        progress(said)


def _begin(night: date | None) -> TrainingRun:
    now = clock.now()
    for stale in TrainingRun.objects.filter(status=RunStatus.RUNNING, started_at__lt=now - GIVEN_UP_AFTER):
        _end(stale, RunStatus.FAILED, message="given up")
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(night=night)
    except IntegrityError as error:
        if night is not None and TrainingRun.objects.filter(night=night).exists():
            raise Conflict("trained_tonight", _("This night's training has been done or runs.")) from error
        raise Conflict("training_runs", _("A training runs already.")) from error


@transaction.atomic
def _end(run: TrainingRun, status: str, model: str = "", message: str = "") -> None:
    """Note the verdict of a run that still runs; one that was given up meanwhile stays as it is."""
    running = TrainingRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING)
    if running.update(status=status, model=model, message=message[:500], ended_at=clock.now()):
        record(actor=SYSTEM, verb="ranker.trained", target=run, after=status, data={"model": model})
    run.refresh_from_db()
