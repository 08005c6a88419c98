"""The typed reader of the environment: every setting Fairway takes, with its type, default and meaning.

`SETTINGS` is the single list; `settings.py` reads through `value()`, and a test keeps README and `.env.example`
in step with it.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, type, default, what it does, and what alone it may be.

    `one_of`: the words it takes; `schemes`: how an address may begin; `pattern`: what a text must match whole.
    """

    name: str
    kind: type
    default: Any
    meaning: str
    one_of: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    pattern: str = ""


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            "DEBUG", bool, False, "Show tracebacks and serve unhashed static files. Never on a public host."
        ),
        Setting(
            "PRODUCTION",
            bool,
            False,
            "Refuse to start without SECRET_KEY, PostgreSQL, Redis and HTTPS settings.",
        ),
        Setting(
            "SECRET_KEY", str, "", "Signs sessions and links. Required in production; at least 50 characters."
        ),
        Setting(
            "ALLOWED_HOSTS",
            list,
            ["localhost", "127.0.0.1", "[::1]"],
            "Host names answered, comma-separated.",
        ),
        Setting(
            "PUBLIC_URL",
            str,
            "http://127.0.0.1:8000",
            "Address people use; links in mail start with it.",
            schemes=("http", "https"),
        ),
        Setting("DATA_DIR", str, str(BASE_DIR / "var"), "Folder for everything the product writes."),
        Setting(
            "DATABASE_URL",
            str,
            "",
            "postgres://… for PostgreSQL; empty: SQLite in DATA_DIR.",
            schemes=("postgres", "postgresql"),
        ),
        Setting(
            "SQLITE_SYNCHRONOUS",
            str,
            "NORMAL",
            "SQLite's synchronous level: NORMAL or FULL.",
            one_of=("NORMAL", "FULL"),
        ),
        Setting(
            "REDIS_URL",
            str,
            "",
            "redis://… or unix://…; empty: in-process cache and channel layer.",
            schemes=("redis", "rediss", "unix"),
        ),
        Setting(
            "ELASTICSEARCH_URL",
            str,
            "",
            "http(s)://…; empty: the embedded search engine.",
            schemes=("http", "https"),
        ),
        Setting("ELASTICSEARCH_API_KEY", str, "", "API key for Elasticsearch, when it asks for one."),
        Setting(
            "ELASTICSEARCH_CA_CERTS",
            str,
            "",
            "Path of the CA bundle that signed Elasticsearch's certificate.",
        ),
        Setting(
            "ELASTICSEARCH_TIMEOUT_MS",
            int,
            1500,
            "How long a search waits for Elasticsearch before the embedded index answers.",
        ),
        Setting(
            "SEARCH_SEMANTICS",
            bool,
            True,
            "Search by meaning too, with the sentence encoder.",
        ),
        Setting(
            "SEARCH_INDEX_PREFIX",
            str,
            "fairway",
            "Prefix of index names, to share one cluster.",
            pattern=r"[a-z][a-z0-9_-]*",
        ),
        Setting(
            "EMAIL_URL",
            str,
            "consolemail://",
            "smtp+tls://user:password@host:587; default prints mail.",
            schemes=(
                "smtp",
                "smtps",
                "smtp+tls",
                "smtp+ssl",
                "consolemail",
                "filemail",
                "memorymail",
                "dummymail",
            ),
        ),
        Setting("DEFAULT_FROM_EMAIL", str, "Fairway <no-reply@fairway.invalid>", "Sender of all mail."),
        Setting(
            "RUN_WORKER_INLINE", bool, False, "Run the worker loop as a thread of the web process (demo)."
        ),
        Setting("DEMO_BOTS", bool, False, "Simulated students walk through the live demo fair."),
        Setting("DEMO_MODE", bool, False, "The demo school is loaded: sign-in page lists the demo accounts."),
        Setting("LOG_FORMAT", str, "console", "console or json.", one_of=("console", "json")),
        Setting(
            "LOG_LEVEL",
            str,
            "INFO",
            "DEBUG, INFO, WARNING or ERROR.",
            one_of=("DEBUG", "INFO", "WARNING", "ERROR"),
        ),
        Setting("TIME_ZONE", str, "Asia/Shanghai", "Time zone of schools whose people have not chosen one."),
        Setting(
            "TRUST_PROXY", bool, False, "Believe X-Forwarded-Proto and X-Forwarded-For of the proxy in front."
        ),
        Setting("METRICS_TOKEN", str, "", "Bearer token for /metrics; empty: only from this machine."),
        Setting("UPLOAD_MAX_MB", int, 10, "Largest upload, in megabytes."),
        Setting(
            "TURN_URLS",
            list,
            [],
            "turn: or turns: addresses of the relay for calls, comma-separated; empty: calls within one network.",
        ),
        Setting("TURN_SECRET", str, "", "Secret shared with the relay; signs credentials of two hours."),
    )
}

environ.Env.read_env(str(BASE_DIR / ".env"))


def value(name: str) -> Any:
    """The value of a listed setting, converted to its type.

    Raises ImproperlyConfigured, naming the variable and what it takes, when it cannot be read.
    """
    setting = SETTINGS[name]
    raw = os.environ.get(name)
    if raw is None or raw == "":
        return setting.default
    if setting.kind is bool:
        return _boolean(name, raw)
    if setting.kind is int:
        if not (raw.isascii() and raw.isdigit() and len(raw) <= 9 and int(raw)):
            raise ImproperlyConfigured(f"{name}={raw!r}: a whole number above 0 is needed. {setting.meaning}")
        return int(raw)
    if setting.kind is list:
        return [part.strip() for part in raw.split(",") if part.strip()]
    return _text(setting, raw)


def _text(setting: Setting, raw: str) -> str:
    """The text, where it is one the setting takes; an address is not repeated in the refusal, it may hold a password."""
    name, meaning = setting.name, setting.meaning
    if setting.one_of and raw not in setting.one_of:
        raise ImproperlyConfigured(f"{name}={raw!r}: one of {', '.join(setting.one_of)} is needed. {meaning}")
    if setting.schemes and not _is_address(setting, raw):
        starts = ", ".join(f"{scheme}://" for scheme in setting.schemes)
        raise ImproperlyConfigured(
            f"{name}: an address is needed that starts with one of {starts}. {meaning}"
        )
    if setting.pattern and not re.fullmatch(setting.pattern, raw):
        raise ImproperlyConfigured(f"{name}={raw!r}: {setting.pattern} is needed. {meaning}")
    if name == "TIME_ZONE" and raw not in available_timezones():
        raise ImproperlyConfigured(f"{name}={raw!r}: a name like Asia/Shanghai is needed. {meaning}")
    return raw


def _is_address(setting: Setting, raw: str) -> bool:
    """Whether it begins as the setting's addresses do, and leads somewhere; mail that is only printed needs no place."""
    scheme, separator, rest = raw.partition("://")
    return scheme in setting.schemes and bool(separator) and bool(rest or scheme.endswith("mail"))


def _boolean(name: str, raw: str) -> bool:
    lowered = raw.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}: 1 or 0 is needed. {SETTINGS[name].meaning}")
