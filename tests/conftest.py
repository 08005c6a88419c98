"""Few fixtures: a database that every test may use when marked, a clock that stands still, data that may be absent."""

import gc
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation
from xdist.scheduler import LoadFileScheduling

from backend.common import clock, outbox
from backend.recommendations import serving
from backend.wording import queries as wording
from backend.wording.domain import tallies
from matching import api as matching
from search import vocabulary
from tests import emptying, signing_in
from tests.scenes import START

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SLOW_FILES = (
    "tests/journeys/",
    "tests/backend/common/test_disclosure.py",
    "tests/access/test_walk.py",
    "tests/matching/test_views.py",
    "tests/search/test_chaos.py",
    "tests/search/test_evaluation.py",
    "tests/backend/demo/",
    "tests/backend/students/test_visibility_paths.py",
    "tests/fairs/test_access.py",
)
"""Begun first, so that at the end no worker waits for another that has just begun one of them."""
PLAIN_FILES = tuple(
    f"tests/fairs/test_{name}.py" for name in ("planning", "protocol", "rules", "simulation", "wait")
)
"""Arithmetic, rules and frames of values made in the test: no row is read, which pytest-django would refuse them, and
no doorbell rings. They need no second run on the servers."""
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "client", "admin_client"}


class ByFile(LoadFileScheduling):
    """One file on one worker; all journeys on one, because the demo they walk through is built once per worker."""

    def __init__(self, config, log=None) -> None:
        config.option.loadscopereorder = False  # the order of collection counts, see below
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return "tests/journeys/" if nodeid.startswith("tests/journeys/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Where files stay together, keep the journeys together too."""
    return ByFile(config, log) if config.option.dist == "loadfile" else None


def pytest_addoption(parser) -> None:
    """One option of our own."""
    parser.addoption(
        "--only-database",
        action="store_true",
        help="leave out tests that never ask the database; of those of the fairs only the plain ones",
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Twenty thousand tests are made and nothing is let go: looking for garbage meanwhile took a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items) -> None:
    """Leave out what was asked to be left out, and begin with what takes long."""
    if config.option.only_database:
        kept = [item for item in items if _asks_the_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW_FILES))  # stable: the rest stays shuffled


def _asks_the_database(item) -> bool:
    """By its marker or fixtures; those of the fairs all but these files, because their doorbell rings over Redis."""
    return (
        (item.nodeid.startswith("tests/fairs/") and not item.nodeid.startswith(PLAIN_FILES))
        or item.get_closest_marker("django_db") is not None
        or bool(DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())))
    )


def pytest_collection_finish() -> None:
    """What ten thousand collected tests hold need not be looked at by every full collection of garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_configure() -> None:
    """Give each process of a parallel run a Redis database and a prefix of its own.

    Tests wipe the cache and ring the doorbell; in one database they would wipe and ring each other's.
    """
    emptying.install()
    signing_in.install()
    if not (settings.REDIS_URL and WORKER):
        return
    assert int(WORKER.removeprefix("gw")) < 15, "Redis has 16 databases: at most 15 workers"
    address = f"{settings.REDIS_URL}?db={1 + int(WORKER.removeprefix('gw'))}"
    settings.CACHES["default"]["LOCATION"] = address
    layer = settings.CHANNEL_LAYERS["default"]["CONFIG"]
    layer["hosts"][0]["address"], layer["prefix"] = address, f"fairway-{WORKER}"


@pytest.fixture
def frozen_now():
    """The clock stands at 2026-03-02 09:00 in Shanghai; `clock.advance` moves it."""
    with clock.frozen(START):
        yield START


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data; the test is skipped where it is absent, and fails where skips are refused."""
    if not SHARED_DATA.is_dir():
        missing(f"real data is absent: {SHARED_DATA}")
    return SHARED_DATA


def missing(reason: str) -> None:
    """Skip loudly, or fail where FAIRWAY_REFUSE_SKIPS is set."""
    if os.environ.get("FAIRWAY_REFUSE_SKIPS"):
        pytest.fail(f"skips are refused here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def _private_folders(tmp_path_factory) -> Iterator[Path]:
    """Paths of folders, one a test, made by who writes there. Not `tmp_path`: to number one pytest reads the names of all
    that it made before, 4 ms a test towards the end of thousands."""
    around = tmp_path_factory.mktemp("private")
    return (around / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _private_data_dir(_private_folders, monkeypatch):
    """Uploads, index and models of a test go to its own folder."""
    folder = next(_private_folders)
    private = (
        override_settings(  # at once: each override is one more layer that every setting is looked up through
            MEDIA_ROOT=folder / "uploads",
            SEARCH_DIR=folder / "index",
            MODELS_DIR=folder / "models",
            # Encoding every title of every test would cost minutes; the tests of meaning switch it on.
            SEARCH_SEMANTICS=False,
        )
    )
    private.enable()
    # A loaded machine may take longer over a handful of words than a visitor should wait.
    monkeypatch.setattr(vocabulary, "FIRST_WAIT", 60)
    # A test's rows take the ids and, under a frozen clock, the stamps of the test before; and as the clock goes back,
    # a topic that rests would rest on.
    outbox._resting.clear()
    serving.forget()
    wording.forget()
    tallies._waiting.clear()
    tallies._seen.clear()
    # The language that the last request of a test before was answered in stays with the thread.
    translation.deactivate()
    # The ranker that a test before had serve would answer here too: an empty folder means the rules.
    matching.load(settings.MODELS_DIR)
    yield
    private.disable()
