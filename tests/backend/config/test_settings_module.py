"""What the settings become of an environment: databases, keys, folders, cookies, mail, and a production that is whole."""

import re
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.config import checks
from backend.config.env import SETTINGS
from tests.backend.config.conftest import PRODUCTION

# Database


def test_without_an_address_sqlite_stands_in_the_folder_with_what_makes_it_safe(settings_of, tmp_path):
    database = settings_of().DATABASES["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == tmp_path / "data" / "fairway.sqlite3"
    assert database["TEST"]["NAME"].parent == tmp_path / "data"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] >= 5
    pragmas = database["OPTIONS"]["init_command"]
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        assert f"PRAGMA {pragma};" in pragmas


def test_the_level_of_synchronous_is_the_one_that_was_set(settings_of):
    command = settings_of(SQLITE_SYNCHRONOUS="FULL").DATABASES["default"]["OPTIONS"]["init_command"]
    assert "PRAGMA synchronous=FULL;" in command
    assert "NORMAL" not in command


def test_an_address_of_postgresql_is_taken_apart_and_kept_open(settings_of):
    database = settings_of(DATABASE_URL="postgres://fair:p%40ss@db.example:5433/fairway").DATABASES["default"]
    named = {key: database[key] for key in ("ENGINE", "HOST", "PORT", "USER", "PASSWORD", "NAME")}
    assert named == {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db.example",
        "PORT": 5433,
        "USER": "fair",
        "PASSWORD": "p@ss",
        "NAME": "fairway",
    }
    assert (database["CONN_HEALTH_CHECKS"], database["CONN_MAX_AGE"]) == (True, 60)


# Redis


def test_without_redis_cache_and_layer_are_in_the_process(settings_of):
    found = settings_of()
    assert found.CACHES["default"]["BACKEND"].endswith("LocMemCache")
    assert found.CHANNEL_LAYERS["default"]["BACKEND"].endswith("InMemoryChannelLayer")


def test_with_redis_both_are_there_and_the_layer_keeps_its_connections(settings_of):
    found = settings_of(REDIS_URL="redis://cache:6379/3")
    assert found.CACHES["default"]["LOCATION"] == "redis://cache:6379/3"
    layer = found.CHANNEL_LAYERS["default"]
    assert layer["BACKEND"].endswith("RedisPubSubChannelLayer")
    (host,) = layer["CONFIG"]["hosts"]
    assert host == {"address": "redis://cache:6379/3", "max_connections": 8000, "socket_timeout": None}


# The key


def test_a_key_is_made_once_for_a_folder_and_kept_from_others(settings_of, tmp_path):
    first, again = settings_of().SECRET_KEY, settings_of().SECRET_KEY
    other = settings_of(DATA_DIR=str(tmp_path / "other")).SECRET_KEY
    assert len(first) >= 50
    assert first == again != other
    kept = tmp_path / "data" / "secret_key"
    assert (kept.read_text(), stat.S_IMODE(kept.stat().st_mode)) == (first, 0o600)


def test_a_key_that_is_set_is_used_and_none_is_made(settings_of, tmp_path):
    assert settings_of(SECRET_KEY="mine").SECRET_KEY == "mine"
    assert not (tmp_path / "data" / "secret_key").exists()


def test_production_makes_no_key_of_its_own(settings_of, tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is empty"):
        settings_of(**PRODUCTION | {"SECRET_KEY": ""})
    assert not (tmp_path / "data" / "secret_key").exists()


# Folders


def test_everything_the_product_writes_lies_in_one_folder_that_is_made(settings_of, tmp_path):
    folder = tmp_path / "a" / "b"
    found = settings_of(DATA_DIR=str(folder))
    assert folder.is_dir()
    written = (found.SEARCH_DIR, found.MODELS_DIR, found.STATIC_ROOT, found.MEDIA_ROOT)
    assert [path.parent for path in written] == [folder] * 4
    assert len(set(written)) == 4


def test_a_folder_named_from_here_is_made_absolute(settings_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "here" == settings_of(DATA_DIR="here").DATA_DIR


# Addresses and cookies


@pytest.mark.parametrize(
    ("address", "https"), [("https://fair.example.org", True), ("http://127.0.0.1:8000", False)]
)
def test_over_https_cookies_are_secure_and_http_is_left(settings_of, address, https):
    found = settings_of(PUBLIC_URL=address + "/")
    assert (address, [address]) == (found.PUBLIC_URL, found.CSRF_TRUSTED_ORIGINS)
    assert (https, https) == (found.SESSION_COOKIE_SECURE, found.CSRF_COOKIE_SECURE)
    assert (found.SECURE_SSL_REDIRECT, found.SECURE_HSTS_SECONDS > 0) == (https, https)
    assert (found.SESSION_COOKIE_HTTPONLY, found.SESSION_COOKIE_SAMESITE) == (True, "Lax")


def test_the_proxys_word_counts_only_where_it_is_trusted(settings_of):
    """Else everybody could say from where they come, and that the line was safe."""
    names = ("SECURE_PROXY_SSL_HEADER", "AXES_IPWARE_PROXY_COUNT", "ALLAUTH_TRUSTED_PROXY_COUNT")
    alone, behind = vars(settings_of()), vars(settings_of(TRUST_PROXY="1"))
    assert [name in alone for name in names] == [False] * 3
    assert [behind[name] for name in names] == [("HTTP_X_FORWARDED_PROTO", "https"), 1, 1]


@pytest.mark.parametrize(("megabytes", "limit"), [("1", 1_048_576), ("25", 26_214_400)])
def test_the_body_of_a_request_may_be_an_upload_and_its_form(settings_of, megabytes, limit):
    found = settings_of(UPLOAD_MAX_MB=megabytes)
    assert (limit, limit + 1_048_576) == (found.UPLOAD_MAX_BYTES, found.DATA_UPLOAD_MAX_MEMORY_SIZE)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("consolemail://", ("console", None, None, False, False)),
        ("smtp://mail.example:2525", ("smtp", "mail.example", 2525, False, False)),
        ("smtp+tls://u:p@mail.example:587", ("smtp", "mail.example", 587, True, False)),
        ("smtp+ssl://mail.example:465", ("smtp", "mail.example", 465, False, True)),
        ("memorymail://", ("locmem", None, None, False, False)),
    ],
)
def test_mail_goes_where_its_address_says(settings_of, address, expected):
    found = vars(settings_of(EMAIL_URL=address))
    kind = found["EMAIL_BACKEND"].split(".")[-2]
    tls, ssl = bool(found.get("EMAIL_USE_TLS")), bool(found.get("EMAIL_USE_SSL"))
    assert (kind, found["EMAIL_HOST"] or None, found["EMAIL_PORT"], tls, ssl) == expected


def test_the_address_of_mail_that_the_documents_show_does_not_send_passwords_in_the_clear(settings_of):
    (shown,) = re.findall(r"smtp\S+(?=;)", SETTINGS["EMAIL_URL"].meaning)
    found = settings_of(EMAIL_URL=shown)
    assert (found.EMAIL_HOST, found.EMAIL_PORT, found.EMAIL_USE_TLS) == ("host", 587, True)
    assert (found.EMAIL_HOST_USER, found.EMAIL_HOST_PASSWORD) == ("user", "password")


def test_the_sender_of_faults_is_the_sender_of_mail(settings_of):
    found = settings_of(DEFAULT_FROM_EMAIL="就业办 <job@school.example>")
    assert found.SERVER_EMAIL == found.DEFAULT_FROM_EMAIL == "就业办 <job@school.example>"


@pytest.mark.parametrize(("production", "needed"), [(True, True), (False, False)])
def test_a_second_factor_is_asked_of_staff_in_production(settings_of, production, needed):
    found = settings_of(**PRODUCTION) if production else settings_of()
    assert found.REQUIRE_SECOND_FACTOR is needed


def test_order_of_what_stands_around_a_request(settings_of):
    """The request's id comes first, then headers, then files; who asks is known before the domain refuses."""
    names = [path.rpartition(".")[2] for path in settings_of().MIDDLEWARE]
    wanted = [
        "RequestIdMiddleware", "SecurityMiddleware", "CSPMiddleware", "StaticMiddleware", "SessionMiddleware",
        "LocaleMiddleware", "CsrfViewMiddleware", "AuthenticationMiddleware", "ActorMiddleware",
        "DomainErrorMiddleware", "AttemptLimitMiddleware", "SecondFactorMiddleware",
    ]  # fmt: skip
    assert [name for name in names if name in wanted] == wanted


# A whole production, from its environment to the checks


def test_a_whole_production_is_not_refused(settings_of):
    assert checks.problems(settings_of(**PRODUCTION)) == []


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"DEBUG": "1"}, ["E001"]),
        ({"SECRET_KEY": "k" * 49}, ["E002"]),
        ({"SECRET_KEY": "k" * 50}, []),
        ({"DATABASE_URL": ""}, ["E003"]),
        ({"DATABASE_URL": "postgresql:///fairway?host=/run/pg"}, []),
        ({"REDIS_URL": ""}, ["E004"]),
        ({"REDIS_URL": "unix:///run/redis.sock"}, []),
        ({"PUBLIC_URL": ""}, ["E005"]),
        ({"PUBLIC_URL": "http://fair.example.org"}, ["E005"]),
        ({"RUN_WORKER_INLINE": "1"}, ["E006"]),
        ({"DEMO_MODE": "1"}, ["E007"]),
        ({"DEMO_BOTS": "1"}, ["E007"]),
        ({"EMAIL_URL": ""}, ["E008"]),
        ({"EMAIL_URL": "dummymail://"}, ["E008"]),
        ({"EMAIL_URL": "memorymail://"}, ["E008"]),
        ({"EMAIL_URL": "filemail:///tmp"}, ["E008"]),
        ({"EMAIL_URL": "smtps://mail.example"}, []),
        ({"DEBUG": "1", "REDIS_URL": "", "DEMO_MODE": "1"}, ["E001", "E004", "E007"]),
    ],
)
def test_one_variable_that_is_wrong_is_refused_by_its_number(settings_of, changed, codes):
    found = checks.problems(settings_of(**PRODUCTION | changed))
    assert [error.id for error in found] == [f"fairway.{code}" for code in codes]


@pytest.mark.parametrize("changed", [{"DEBUG": "1"}, {"DEMO_MODE": "1"}, {"REDIS_URL": ""}])
def test_control_outside_production_the_same_is_not_refused(settings_of, changed):
    assert checks.problems(settings_of(**PRODUCTION | changed | {"PRODUCTION": "0"})) == []
