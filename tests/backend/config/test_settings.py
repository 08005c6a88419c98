"""The typed reader of the environment, and the refusals of a wrong production."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.config import checks, env

COMPLETE = {
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "x" * 50,
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "REDIS_URL": "redis://localhost",
    "HTTPS": True,
    "RUN_WORKER_INLINE": False,
    "DEMO_MODE": False,
    "DEMO_BOTS": False,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("DEBUG", "1", True),
        ("DEBUG", "off", False),
        ("DEBUG", "", False),
        ("UPLOAD_MAX_MB", "25", 25),
        ("ALLOWED_HOSTS", "a.example, b.example,", ["a.example", "b.example"]),
        ("TIME_ZONE", "Asia/Urumqi", "Asia/Urumqi"),
    ],
)
def test_value_is_converted_to_its_type(monkeypatch, name, raw, expected):
    monkeypatch.setenv(name, raw)
    assert env.value(name) == expected


@pytest.mark.parametrize(
    ("name", "raw"), [("DEBUG", "maybe"), ("UPLOAD_MAX_MB", "ten"), ("UPLOAD_MAX_MB", "-1")]
)
def test_value_that_cannot_be_read_names_the_setting(monkeypatch, name, raw):
    monkeypatch.setenv(name, raw)
    with pytest.raises(ImproperlyConfigured, match=f"{name}='{raw}'"):
        env.value(name)


def test_a_complete_production_passes_the_checks():
    assert checks.problems(SimpleNamespace(**COMPLETE)) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"DEBUG": True}, "fairway.E001"),
        ({"SECRET_KEY": "short"}, "fairway.E002"),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "fairway.E003"),
        ({"REDIS_URL": ""}, "fairway.E004"),
        ({"HTTPS": False}, "fairway.E005"),
        ({"RUN_WORKER_INLINE": True}, "fairway.E006"),
        ({"DEMO_MODE": True}, "fairway.E007"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "fairway.E008"),
    ],
)
def test_each_wrong_setting_is_refused_in_production(wrong, code):
    assert [error.id for error in checks.problems(SimpleNamespace(**COMPLETE | wrong))] == [code]


def test_nothing_is_refused_outside_production():
    assert (
        checks.problems(SimpleNamespace(**COMPLETE | {"PRODUCTION": False, "DEBUG": True, "REDIS_URL": ""}))
        == []
    )
    assert checks.production_is_complete(None) == []


def test_production_without_a_key_does_not_start(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={"PRODUCTION": "1", "SECRET_KEY": "", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY is empty" in done.stderr


def test_production_on_sqlite_does_not_start(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={"PRODUCTION": "1", "SECRET_KEY": "k" * 60, "DATA_DIR": str(tmp_path), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "fairway.E003" in done.stderr
    assert "fairway.E004" in done.stderr
