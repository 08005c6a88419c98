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


@pytest.mark.parametrize(
    ("name", "raw", "wanted"),
    [
        ("PUBLIC_URL", "fairway.example.org", "http://, https://"),
        ("DATABASE_URL", "sqlite:////tmp/other.sqlite3", "postgres://, postgresql://"),
        ("DATABASE_URL", "postgres:secret@host/db", "postgres://, postgresql://"),
        ("SQLITE_SYNCHRONOUS", "OFF", "NORMAL, FULL"),
        ("REDIS_URL", "localhost:6379", "redis://, rediss://, unix://"),
        ("ELASTICSEARCH_URL", "es.example.org:9200", "http://, https://"),
        ("SEARCH_INDEX_PREFIX", "Schools/*", "[a-z][a-z0-9_-]*"),
        ("EMAIL_URL", "mail.example.org", "smtp://"),
        ("LOG_FORMAT", "xml", "console, json"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR"),
        ("TIME_ZONE", "Asia/Peking", "Asia/Shanghai"),
    ],
)
def test_a_text_that_cannot_be_meant_names_the_setting_and_what_it_takes(monkeypatch, name, raw, wanted):
    monkeypatch.setenv(name, raw)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.value(name)
    said = str(refused.value)
    assert said.startswith(name)
    assert wanted in said
    assert said.endswith(env.SETTINGS[name].meaning)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "EMAIL_URL", "ELASTICSEARCH_URL"])
def test_a_refused_address_is_not_repeated_since_it_may_hold_a_password(monkeypatch, name):
    monkeypatch.setenv(name, "user:hunter2@host")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.value(name)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("setting", env.SETTINGS.values(), ids=lambda setting: setting.name)
def test_every_default_is_of_its_kind_and_one_that_is_taken(monkeypatch, setting):
    assert isinstance(setting.default, setting.kind)
    monkeypatch.delenv(setting.name, raising=False)
    assert env.value(setting.name) == setting.default
    if setting.kind is str and setting.default:
        monkeypatch.setenv(setting.name, setting.default)
        assert env.value(setting.name) == setting.default


def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={"LOG_LEVEL": "LOUD", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "LOG_LEVEL='LOUD': one of DEBUG, INFO, WARNING, ERROR is needed." in done.stderr


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
        ({"DEMO_BOTS": True}, "fairway.E007"),
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


def test_everything_wrong_is_said_at_once_each_with_what_to_set():
    wrong = {
        "DEBUG": True, "SECRET_KEY": "", "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}},
        "REDIS_URL": "", "HTTPS": False, "RUN_WORKER_INLINE": True, "DEMO_MODE": True,
        "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
    }  # fmt: skip
    found = checks.problems(SimpleNamespace(**COMPLETE | wrong))
    assert [error.id for error in found] == [f"fairway.E00{number}" for number in range(1, 9)]
    named = " ".join(error.hint for error in found)
    for name in (
        "DEBUG",
        "DATABASE_URL",
        "REDIS_URL",
        "PUBLIC_URL",
        "RUN_WORKER_INLINE",
        "DEMO_MODE",
        "EMAIL_URL",
    ):
        assert name in named
