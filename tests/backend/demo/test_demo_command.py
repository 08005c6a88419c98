"""`manage.py demo`: a taken port, a school of somebody else, the first and the second run, and what is served."""

import os
import socket
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backend.common import clock
from backend.demo import build, preparing, serving
from backend.demo.management.commands import demo
from backend.schools.models import School
from fairs.models import Fair
from tests.factories.fairs import FairFactory
from tests.factories.schools import SchoolFactory

pytestmark = pytest.mark.django_db


class Served(Exception):
    """Stands for the moment at which the process becomes the server."""


@pytest.fixture
def started(monkeypatch, settings, tmp_path):
    """Run the command; the names of the commands it called, and what it would have become."""
    settings.DATA_DIR = tmp_path
    settings.MIGRATION_MODULES = {}  # the suite makes its tables without migrations,
    recorder = MigrationRecorder(connection)  # and where it does with them, they are to do again here
    if recorder.has_table():
        recorder.flush()
    called: list[str] = []
    became: list[tuple] = []

    def serve(*args) -> None:
        became.append(args)
        raise Served

    for module in (demo, preparing):
        monkeypatch.setattr(module, "call_command", lambda name, **_: called.append(name))
    monkeypatch.setattr(os, "execve", serve)
    monkeypatch.setattr(demo.CommandLineInterface, "run", serve)

    def run(*args: str) -> tuple[list[str], list[tuple]]:
        called.clear()
        became.clear()
        with suppress(Served):
            call_command("demo", *args)
        return called[:], became[:]

    return run


@pytest.fixture
def steps(monkeypatch, settings):
    """Two small steps instead of the eleven; the titles of those that ran."""
    ran: list[str] = []

    def two():
        yield "Schools", lambda: (ran.append("Schools"), (settings.DATA_DIR / build.BEGUN).touch())
        yield "Done", lambda: (ran.append("Done"), (settings.DATA_DIR / build.DONE).touch())

    monkeypatch.setattr(build, "steps", two)
    return ran


@pytest.fixture
def port():
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_said_before_anything_is_done(started, steps, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(CommandError) as refused:
            started("--port", str(number))
    assert str(refused.value).startswith(f"Port {number} is taken")
    assert "make demo PORT=" in str(refused.value)
    assert (steps, list(tmp_path.iterdir())) == ([], [])


def test_a_port_nobody_serves_from_does_not_matter(started, steps):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        called, became = started("--build-only", "--port", str(taken.getsockname()[1]))
    assert (called, became) == (["build_messages", "migrate", "collectstatic"], [])
    assert steps == ["Schools", "Done"]


def test_the_second_run_prepares_and_serves_but_builds_nothing(started, steps, port):
    first, _ = started("--port", str(port))
    second, became = started("--port", str(port))
    assert first == second == ["build_messages", "migrate", "collectstatic"]
    assert steps == ["Schools", "Done"]
    assert len(became) == 1


def test_a_run_that_was_broken_off_begins_again(started, steps, monkeypatch, settings, port):
    whole = build.steps

    def broken():
        yield next(iter(whole()))
        raise RuntimeError("disk full")

    monkeypatch.setattr(build, "steps", broken)
    with pytest.raises(RuntimeError):
        started("--port", str(port))
    assert not build.is_built()
    monkeypatch.setattr(build, "steps", whole)
    SchoolFactory(code="yunpu")  # what the first step of a real build leaves
    called, _ = started("--port", str(port))
    assert called == ["build_messages", "migrate", "collectstatic", "flush"]
    assert steps == ["Schools", "Schools", "Done"]
    assert build.is_built()


def test_a_demo_that_another_folder_built_is_not_emptied(started, steps, settings, tmp_path, port):
    started("--build-only")
    SchoolFactory(code="yunpu")  # what a real build leaves
    settings.DATA_DIR = tmp_path / "other"
    settings.DATA_DIR.mkdir()
    with pytest.raises(CommandError, match=r"did not build.*DATABASE_URL to an empty database"):
        started("--port", str(port))
    assert (steps, School.objects.count()) == (["Schools", "Done"], 1)
    assert [path.name for path in settings.DATA_DIR.iterdir()] == [preparing.STAMP]


def test_the_first_step_notes_that_this_folder_began(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    _title, call = next(build.steps())
    call()
    assert [path.name for path in tmp_path.iterdir()] == [build.BEGUN]


def test_a_school_that_is_not_the_demo_s_is_left_alone(started, steps, tmp_path, port):
    SchoolFactory(name="别的学校")
    with pytest.raises(CommandError, match="set DATA_DIR to an empty folder"):
        started("--port", str(port))
    assert (steps, School.objects.count()) == ([], 1)


def test_the_live_fair_is_put_off_to_the_evening_at_each_start(started, steps, frozen_now, port, tmp_path):
    (tmp_path / build.DONE).touch()
    fair = FairFactory(name=f"2026年{demo.fairs.LIVE_CODE}", school__code="yunpu")
    other = FairFactory(school=fair.school)
    started("--build-only")
    ends = dict(Fair.objects.values_list("pk", "ends_at"))
    assert (ends[fair.pk] - clock.now()).total_seconds() == 6 * 3600
    assert ends[other.pk] == other.ends_at


@pytest.mark.usefixtures("steps")
@pytest.mark.parametrize(("given", "bots"), [(None, "1"), ("0", "0"), ("1", "1")])
def test_daphne_is_served_with_worker_and_bots_unless_they_are_off(started, monkeypatch, port, given, bots):
    monkeypatch.delenv("DEMO_BOTS", raising=False)
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    if given is not None:
        monkeypatch.setenv("DEMO_BOTS", given)
    _, ((program, arguments, environment),) = started("--port", str(port))
    assert os.path.basename(program) == "daphne"
    assert arguments[1:5] == ["-b", "127.0.0.1", "-p", str(port)]
    assert arguments[-1] == "backend.config.asgi:application"
    told = {name: environment[name] for name in ("RUN_WORKER_INLINE", "DEMO_MODE", "DEMO_BOTS", "PUBLIC_URL")}
    assert told == {
        "RUN_WORKER_INLINE": "1",
        "DEMO_MODE": "1",
        "DEMO_BOTS": bots,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


def test_what_a_built_demo_has_read_already_it_does_not_read_again(started, steps, monkeypatch, port):
    for name, value in serving.environment(port).items():
        monkeypatch.setenv(name, value)
    _, ((program, *_),) = started("--port", str(port))
    assert os.path.basename(program) == "daphne"  # what the build left in memory is not carried along
    _, ((_daphne, arguments),) = started("--port", str(port))
    assert arguments == serving.arguments(port)
    monkeypatch.setenv("DEMO_BOTS", "no")
    monkeypatch.setenv("DEMO_MODE", "0")
    _, ((program, *_),) = started("--port", str(port))
    assert os.path.basename(program) == "daphne"


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        ([], 8000),
        (["--build-only"], 8000),
        (["--build-only", "--port", "8123"], 8123),
        (["--port=8123", "-v", "2"], 8123),
        (["--port", "eight"], 8000),
        (["--port"], 8000),
    ],
)
def test_the_port_is_known_before_the_settings_are_read(arguments, port):
    assert serving.port_of(arguments) == port
    assert serving.environment(port, {}) == {
        "RUN_WORKER_INLINE": "1",
        "DEMO_MODE": "1",
        "DEMO_BOTS": "1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


def test_an_address_that_is_set_stays(started, steps, monkeypatch, port):
    monkeypatch.setenv("PUBLIC_URL", "https://demo.example.org")
    _, ((_, _, environment),) = started("--port", str(port))
    assert environment["PUBLIC_URL"] == "https://demo.example.org"


def test_every_step_of_the_building_has_a_title_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    titles = [title for title, _ in build.steps()]
    assert len(titles) == len(set(titles)) == 13
    assert titles[-1] == "Done"
