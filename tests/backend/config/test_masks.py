"""Whatever is logged, however deep it lies and of whatever kind it is: nobody can be told from it."""

import json
import logging

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.common import personal
from backend.config import logging as logs
from backend.config.logging import MASK, SECRET, mask_personal

pytestmark = pytest.mark.usefixtures("_own_logging")

PERSON = "li.ming@students.invalid"
MOBILE = "13912345678"
QUIET = settings(max_examples=80, deadline=None)

plain = st.one_of(
    st.none(), st.booleans(), st.integers(0, 99_999), st.sampled_from(["", "paid", "status 404", "学生"])
)
keys = st.sampled_from(["row", "detail", "amount", "why", "id"])


def nested(leaves):
    """Lists, tuples, sets and mappings of these, in each other."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.lists(inner, max_size=3).map(tuple),
            st.dictionaries(keys, inner, max_size=3),
        ),
        max_leaves=8,
    )


def masked(**event):
    return mask_personal(None, "info", event)


@given(st.dictionaries(keys, nested(plain), max_size=4))
@QUIET
def test_what_is_nobodys_stays_as_it_is(event):
    assert masked(**event) == event


@given(
    nested(st.one_of(plain, st.sampled_from([PERSON, f"to {PERSON}.", MOBILE, f"+86{MOBILE}", b"a@b.cn"])))
)
@QUIET
def test_no_address_and_no_telephone_comes_through_at_any_depth(value):
    written = repr(masked(detail=value))
    assert PERSON not in written
    assert MOBILE not in written
    assert "a@b.cn" not in written


@given(st.sampled_from(sorted(personal.column_names() | SECRET)), nested(plain), st.integers(0, 4))
@QUIET
def test_what_stands_under_a_personal_name_is_masked_at_any_depth(name, value, depth):
    inner, wanted = {name: value, "id": 1}, {name: MASK, "id": 1}
    for _level in range(depth):
        inner, wanted = {"row": [inner]}, {"row": [wanted]}
    assert masked(data=inner) == {"data": wanted}


@given(nested(st.one_of(plain, st.sampled_from([PERSON, MOBILE]))))
@QUIET
def test_masking_twice_says_no_more_than_once(value):
    once = masked(detail=value)
    assert masked(**once) == once


@given(st.one_of(st.lists(plain, max_size=4), st.lists(plain, max_size=4).map(tuple)))
@QUIET
def test_a_collection_keeps_its_kind_and_its_length(value):
    found = masked(detail=value)["detail"]
    assert (type(found), len(found)) == (type(value), len(value))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("13912345678", MASK),
        ("139 1234 5678", MASK),
        ("139-1234-5678", MASK),
        ("+8613912345678", f"+{MASK}"),
        ("+86 139 1234 5678", f"+{MASK}"),
        ("86-13912345678", MASK),
        ("tel:13912345678;ext=1", f"tel:{MASK};ext=1"),
        ("12912345678", "12912345678"),
        ("1391234567", "1391234567"),
        ("913912345678", "913912345678"),
        ("139123456789", "139123456789"),
        ("1772323200000", "1772323200000"),
    ],
)
def test_a_mobile_number_is_known_however_it_is_written(text, kept):
    assert masked(event=text) == {"event": kept}


class Student:
    """Somebody whose repr says who it is."""

    def __repr__(self) -> str:
        return f"<Student {PERSON}>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (ValueError(f"no mail for {PERSON}"), f"ValueError('no mail for {MASK}')"),
        (Student(), f"<Student {MASK}>"),
        (PERSON.encode(), f"b'{MASK}'"),
        (int(MOBILE), MASK),
        ([Student()], [f"<Student {MASK}>"]),
        ({PERSON: 3}, {MASK: 3}),
        ({(PERSON, 1): 3}, {(MASK, 1): 3}),
    ],
)
def test_a_value_that_is_written_by_its_repr_is_masked_there(value, written):
    assert masked(detail=value) == {"detail": written}


def test_an_object_that_says_nothing_of_anybody_stays_itself():
    error = ValueError("too late")
    assert masked(error=error)["error"] is error


def lines_of(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("source", ["structlog", "standard library"])
def test_a_json_line_says_when_where_how_grave_and_what(source, capsys):
    logs.configure_logging("json", "INFO")
    logger = structlog.get_logger("fair") if source == "structlog" else logging.getLogger("fair")
    structlog.contextvars.clear_contextvars()
    logger.warning("line_is_long")
    (line,) = lines_of(capsys)
    assert line.pop("timestamp")[10] == "T"
    assert line == {"event": "line_is_long", "level": "warning", "logger": "fair"}


@pytest.mark.parametrize(
    "value", [ValueError(PERSON), {"to": [PERSON, {"phone": 1}]}, (PERSON,), {PERSON}, Student()]
)
def test_a_json_line_holds_no_person_whatever_it_was_given(value, capsys):
    logs.configure_logging("json", "INFO")
    structlog.get_logger("t").error("failed", detail=value, email=PERSON)
    (line,) = lines_of(capsys)
    assert "li.ming" not in json.dumps(line)
    assert line["email"] == MASK


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"]),
        ("INFO", ["info", "warning", "error"]),
        ("WARNING", ["warning", "error"]),
        ("ERROR", ["error"]),
    ],
)
def test_the_level_says_what_is_heard(level, heard, capsys):
    logs.configure_logging("json", level)
    for name in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger("fair"), name)(name)
    assert [line["event"] for line in lines_of(capsys)] == heard


@pytest.mark.parametrize(
    "name", ["daphne", "django.channels.server", "axes", "elastic_transport", "fontTools", "weasyprint"]
)
def test_libraries_that_talk_much_are_heard_only_when_something_is_wrong(name, capsys):
    logs.configure_logging("json", "DEBUG")
    logger = logging.getLogger(name)
    logger.info("chatter")
    logger.error("broken")
    assert [line["event"] for line in lines_of(capsys)] == ["broken"]
