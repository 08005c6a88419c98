"""What the ranker learns from, as a file: nobody can be told by number or words, and a model learns the same from it."""

import resource
import stat
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.recommendations.domain import export_interactions, interact, record_impressions
from backend.recommendations.queries import matches_for, showings
from matching.features.registry import REGISTRY
from matching.training.dataset import build
from matching.training.files import read_interactions
from tests.backend.refusals import last_trail
from tests.factories.applications import student_actor
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def shown(student, fitting, strange):
    """Three students, each shown both positions, who look at the first; one has switched the order off since."""
    cache.clear()
    others = StudentFactory.create_batch(
        2, school=student.school, major=student.major, about="我叫李雷，住在东门"
    )
    student.about = "张三的主页"
    student.save()
    for person in (student, *others):
        actor = student_actor(person)
        record_impressions(actor=actor, matches=matches_for(actor), surface="matches")
        clock.advance(timedelta(minutes=1))
        interact(actor=actor, position_id=fitting.pk, kind="view")
    others[1].personalised = False
    others[1].save()
    return student, others[0]


def test_students_have_numbers_of_this_file_alone(shown, tmp_path):
    rows = list(showings())
    assert export_interactions(tmp_path / "rows.jsonl") == 2 == len(rows)
    found = list(read_interactions(tmp_path / "rows.jsonl"))

    assert sorted(row.student.id for row in found) == [1, 2]
    blank = [replace(row, student=replace(row.student, id=0, text="", headlines=())) for row in rows]
    told = [replace(row, student=replace(row.student, id=0)) for row in found]
    assert told == [replace(row, shown=tuple(row.shown)) for row in blank]
    said = (tmp_path / "rows.jsonl").read_text(encoding="utf-8")
    for person in shown:
        for secret in (person.name, person.number, person.about, "李雷", "张三"):
            assert secret not in said


def test_with_texts_the_values_are_those_the_product_learns_from(shown, tmp_path):
    export_interactions(tmp_path / "rows.jsonl", texts=True)
    here, there = (
        build(rows, tuple(REGISTRY)) for rows in (showings(), read_interactions(tmp_path / "rows.jsonl"))
    )

    assert there.values.tobytes() == here.values.tobytes()
    assert (there.relevant.tolist(), there.places.tolist()) == (here.relevant.tolist(), here.places.tolist())
    assert len(set(there.people.tolist())) == len(set(here.people.tolist())) == 2
    assert "张三的主页" in (tmp_path / "rows.jsonl").read_text(encoding="utf-8")


def test_the_file_is_the_owners_and_the_trail_tells_of_it(shown, tmp_path):
    export_interactions(tmp_path / "rows.jsonl")

    assert stat.S_IMODE((tmp_path / "rows.jsonl").stat().st_mode) == 0o600
    assert last_trail() == ("ranker.exported", "", "", "recommendations.trainingrun", 0)
    (entry,) = AuditEntry.objects.filter(verb="ranker.exported")
    assert entry.data == {"showings": 2, "students": 2, "texts": False}


def test_an_older_file_stays_as_it_is(shown, tmp_path):
    (tmp_path / "rows.jsonl").write_text("mine", encoding="utf-8")

    with pytest.raises(CommandError, match="exists"):
        call_command("export_interactions", str(tmp_path / "rows.jsonl"))
    assert (tmp_path / "rows.jsonl").read_text(encoding="utf-8") == "mine"
    assert not AuditEntry.objects.filter(verb="ranker.exported").exists()


def test_the_command_says_how_many(shown, tmp_path):
    out = StringIO()
    call_command("export_interactions", str(tmp_path / "rows.jsonl"), stdout=out)

    assert out.getvalue() == f"2 lists shown, in {tmp_path / 'rows.jsonl'}\n"


def test_where_nothing_was_shown_the_file_is_empty(tmp_path):
    assert export_interactions(tmp_path / "rows.jsonl") == 0
    assert (tmp_path / "rows.jsonl").read_bytes() == b""


def test_half_a_file_is_taken_away_and_the_next_try_succeeds(shown, tmp_path):
    """The disk is full after a hundred bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            export_interactions(tmp_path / "rows.jsonl")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
    assert not AuditEntry.objects.filter(verb="ranker.exported").exists()
    assert export_interactions(tmp_path / "rows.jsonl") == 2
