"""Few fixtures: a database that every test may use when marked, a clock that stands still, data that may be absent."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from backend.common import clock
from backend.recommendations import serving
from search import vocabulary

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def pytest_configure() -> None:
    """Give each process of a parallel run a Redis database and a prefix of its own.

    Tests wipe the cache and ring the doorbell; in one database they would wipe and ring each other's.
    """
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
    moment = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    with clock.frozen(moment):
        yield moment


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


@pytest.fixture(autouse=True)
def _private_data_dir(settings, tmp_path, monkeypatch):
    """Uploads, index and models of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.SEARCH_DIR = tmp_path / "index"
    settings.MODELS_DIR = tmp_path / "models"
    # Encoding every title of every test would cost minutes; the tests of meaning switch it on.
    settings.SEARCH_SEMANTICS = False
    # A loaded machine may take longer over a handful of words than a visitor should wait.
    monkeypatch.setattr(vocabulary, "FIRST_WAIT", 60)
    # A test's rows take the ids and, under a frozen clock, the stamps of the test before.
    serving.forget()
