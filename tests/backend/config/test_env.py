"""Every variable of the environment: what it takes, what it refuses and how the refusal names it."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.config import env

SWITCHES = [setting.name for setting in env.SETTINGS.values() if setting.kind is bool]
NUMBERS = [setting.name for setting in env.SETTINGS.values() if setting.kind is int]
ADDRESSES = [setting.name for setting in env.SETTINGS.values() if setting.schemes]
WORDS = [setting.name for setting in env.SETTINGS.values() if setting.one_of]
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refusal(monkeypatch, name: str, raw: str) -> str:
    monkeypatch.setenv(name, raw)
    with pytest.raises(ImproperlyConfigured) as caught:
        env.value(name)
    return str(caught.value)


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_takes_eight_words_in_any_case(monkeypatch, name):
    for wanted, words in ((True, ("1", "true", "yes", "on")), (False, ("0", "false", "no", "off"))):
        for word in words:
            for raw in (word, word.upper(), word.title(), f" {word} "):
                monkeypatch.setenv(name, raw)
                assert env.value(name) is wanted, raw


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("raw", ["2", "-1", "10", "y", "enabled", "True!", "是"])
def test_any_other_word_is_refused_by_the_switchs_name(monkeypatch, name, raw):
    assert refusal(monkeypatch, name, raw) == (
        f"{name}={raw!r}: 1 or 0 is needed. {env.SETTINGS[name].meaning}"
    )


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(("raw", "number"), [("1", 1), ("10", 10), ("007", 7), ("999999999", 999_999_999)])
def test_a_number_is_read(monkeypatch, name, raw, number):
    monkeypatch.setenv(name, raw)
    assert env.value(name) == number


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "raw", ["0", "000", "-1", "+1", "1.5", "1e3", " 1", "ten", "²", "１", "٣", "9" * 10, "9" * 5000]
)
def test_what_is_no_number_above_nought_is_refused_by_name(monkeypatch, name, raw):
    """A timeout or an upload of nought would switch the product off without a word."""
    said = refusal(monkeypatch, name, raw)
    assert said == f"{name}={raw!r}: a whole number above 0 is needed. {env.SETTINGS[name].meaning}"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12))
@QUIET
def test_no_text_breaks_the_reader_of_numbers(monkeypatch, raw):
    with monkeypatch.context() as patched:
        patched.setenv("UPLOAD_MAX_MB", raw)
        try:
            assert re.fullmatch("[0-9]{1,9}", raw), raw
            assert env.value("UPLOAD_MAX_MB") == int(raw)
        except (AssertionError, ImproperlyConfigured):
            with pytest.raises(ImproperlyConfigured, match="a whole number above 0"):
                env.value("UPLOAD_MAX_MB")


GOOD = {
    "PUBLIC_URL": ["http://127.0.0.1:8000", "https://fair.example.org", "https://fair.example.org/"],
    "DATABASE_URL": ["postgres://u:p@db/fairway", "postgresql:///fairway?host=/run/pg"],
    "REDIS_URL": ["redis://cache:6379/0", "rediss://cache", "unix:///run/redis.sock?db=1"],
    "ELASTICSEARCH_URL": ["http://es:9200", "https://es.example.org"],
    "EMAIL_URL": [
        "smtp://u:p@mail:25", "smtps://mail", "smtp+tls://mail:587", "smtp+ssl://mail:465", "consolemail://",
        "filemail:///var/mail", "memorymail://", "dummymail://",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "raw"), [(name, raw) for name, found in GOOD.items() for raw in found])
def test_an_address_of_a_known_kind_is_taken_as_it_stands(monkeypatch, name, raw):
    monkeypatch.setenv(name, raw)
    assert env.value(name) == raw


def test_the_table_of_addresses_names_every_setting_and_every_scheme():
    assert set(GOOD) == set(ADDRESSES)
    for name, raws in GOOD.items():
        assert {raw.partition("://")[0] for raw in raws} == set(env.SETTINGS[name].schemes), name


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_without_its_two_strokes_or_of_another_kind_is_refused(monkeypatch, name):
    schemes = env.SETTINGS[name].schemes
    wanted = ", ".join(f"{scheme}://" for scheme in schemes)
    first = schemes[0]
    for raw in (first, f"{first}:", f"{first}:/x", f"x{first}://h", f" {first}://h", "ftp://h", "://h", "h"):
        said = refusal(monkeypatch, name, raw)
        assert said == (
            f"{name}: an address is needed that starts with one of {wanted}. {env.SETTINGS[name].meaning}"
        )


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_that_leads_nowhere_is_refused(monkeypatch, name):
    for scheme in env.SETTINGS[name].schemes:
        if not scheme.endswith("mail"):
            assert refusal(monkeypatch, name, f"{scheme}://").startswith(f"{name}: an address is needed")


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_one_of_the_list_as_it_is_written(monkeypatch, name):
    setting = env.SETTINGS[name]
    for word in setting.one_of:
        monkeypatch.setenv(name, word)
        assert env.value(name) == word
        for raw in (word.swapcase(), f" {word}", word[:-1], f"{word},{word}"):
            said = refusal(monkeypatch, name, raw)
            assert said == f"{name}={raw!r}: one of {', '.join(setting.one_of)} is needed. {setting.meaning}"


@pytest.mark.parametrize("raw", ["fairway", "a", "school-7", "s_1"])
def test_a_prefix_of_indices(monkeypatch, raw):
    monkeypatch.setenv("SEARCH_INDEX_PREFIX", raw)
    assert env.value("SEARCH_INDEX_PREFIX") == raw


@pytest.mark.parametrize("raw", ["Fairway", "7a", "-a", "a b", "a,b", "a*", "a/b", "a\n", "学校"])
def test_a_prefix_elasticsearch_would_not_take_is_refused(monkeypatch, raw):
    said = refusal(monkeypatch, "SEARCH_INDEX_PREFIX", raw)
    assert said.startswith(f"SEARCH_INDEX_PREFIX={raw!r}: [a-z][a-z0-9_-]* is needed.")


@pytest.mark.parametrize(
    ("raw", "hosts"),
    [
        ("a.example", ["a.example"]),
        ("a.example,b.example", ["a.example", "b.example"]),
        (" a.example ,\tb.example ", ["a.example", "b.example"]),
        (",,a.example,,", ["a.example"]),
        (".example.org,[::1]", [".example.org", "[::1]"]),
        (" , ", []),
    ],
)
def test_a_list_is_split_at_commas(monkeypatch, raw, hosts):
    monkeypatch.setenv("ALLOWED_HOSTS", raw)
    assert env.value("ALLOWED_HOSTS") == hosts


@pytest.mark.parametrize("name", env.SETTINGS)
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch, name):
    monkeypatch.setenv(name, "")
    assert env.value(name) == env.SETTINGS[name].default


def test_a_name_that_is_not_listed_is_a_mistake_of_ours():
    with pytest.raises(KeyError, match="SECRET_KEYS"):
        env.value("SECRET_KEYS")


def test_each_setting_is_read_by_the_settings_and_nothing_else_is():
    source = (env.BASE_DIR / "backend" / "config" / "settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"value\([\"']([A-Z_]+)[\"']\)", source)) == set(env.SETTINGS)
    assert re.findall(r"os\.environ\[|os\.getenv|environ\.get\(", source) == []


def test_every_meaning_is_a_sentence_without_a_name_twice():
    meanings = [setting.meaning for setting in env.SETTINGS.values()]
    assert len(set(meanings)) == len(meanings)
    assert [text for text in meanings if not text.endswith(".") or "|" in text] == []
