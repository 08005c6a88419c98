"""What the ranker learns from, as a file for training and judging elsewhere, without names."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matching.types as plain
from backend.accounts.actor import SYSTEM
from backend.audit.domain import record
from backend.recommendations.models import TrainingRun
from backend.recommendations.queries import showings
from matching import api as matching


def export_interactions(path: Path, *, texts: bool = False) -> int:
    """Write every list that was shown and what came of it, for `python -m matching train`; how many they are.

    Students get numbers drawn for this file alone, kept nowhere. What they wrote themselves may name them and stays
    out unless `texts` is asked for. The file can be read by its owner only, and FileExistsError keeps an older one:
    wishes, skills, days and the district they start from still stand in it, so it is to be treated as personal.
    """
    rows = list(showings())
    numbers = list(range(1, len({row.student.id for row in rows}) + 1))
    secrets.SystemRandom().shuffle(numbers)
    known = dict(zip(dict.fromkeys(row.student.id for row in rows), numbers, strict=True))
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        matching.write_interactions(path, _unnamed(rows, known, texts))
        # No row of its own stands for a file: it is noted at none.
        data = {"showings": len(rows), "students": len(known), "texts": texts}
        record(actor=SYSTEM, verb="ranker.exported", target=TrainingRun(pk=0), data=data)
    except BaseException:
        # Half a file is as personal as a whole one, is noted nowhere, and would stand in the way of the next try.
        path.unlink(missing_ok=True)
        raise
    return len(rows)


def _unnamed(
    rows: list[plain.Interaction], known: dict[int, int], texts: bool
) -> Iterator[plain.Interaction]:
    for row in rows:
        student = replace(row.student, id=known[row.student.id])
        if not texts:
            student = replace(student, text="", headlines=())
        yield replace(row, student=student)
