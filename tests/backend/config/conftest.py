"""The settings as another environment would have them, without another process."""

import logging
import runpy
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import structlog

from backend.config.env import BASE_DIR, SETTINGS

# Every variable a production needs; one that is changed or left out is refused.
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "k" * 60,
    "DATABASE_URL": "postgres://fairway:pw@db.example:5433/fairway",
    "REDIS_URL": "redis://cache.example:6379/0",
    "PUBLIC_URL": "https://fair.example.org",
    "EMAIL_URL": "smtp+tls://mailer:pw@mail.example:587",
}


@pytest.fixture
def _own_logging():
    """Logging as it was before, whatever a test configures."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


@pytest.fixture
def settings_of(monkeypatch, tmp_path, _own_logging) -> Callable[..., SimpleNamespace]:
    """Run settings.py with exactly these variables; what it sets."""

    def run(**variables: str) -> SimpleNamespace:
        for name in SETTINGS:
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"DATA_DIR": str(tmp_path / "data")} | variables).items():
            monkeypatch.setenv(name, value)
        return SimpleNamespace(**runpy.run_path(str(BASE_DIR / "backend" / "config" / "settings.py")))

    return run
