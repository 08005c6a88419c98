"""Personal values never reach a log line, whatever they stand under and however deep."""

import logging

import pytest
import structlog

from backend.common import personal
from backend.config import logging as logs
from backend.config.logging import MASK, SECRET, mask_personal


def masked(**event) -> dict:
    return mask_personal(None, "info", event)


def test_personal_fields_are_masked_and_others_kept():
    assert masked(event="signed_in", email="x", phone="1", user=7, status=404) == {
        "event": "signed_in",
        "email": MASK,
        "phone": MASK,
        "user": 7,
        "status": 404,
    }


@pytest.mark.parametrize("name", sorted(personal.column_names() | SECRET))
def test_every_tagged_column_is_masked_by_its_name(name):
    assert masked(**{name: "value"}) == {name: MASK}
    assert masked(data={"row": [{name: "value", "id": 3}]}) == {"data": {"row": [{name: MASK, "id": 3}]}}


def test_the_names_come_from_the_tags():
    assert {"email", "phone", "about", "contact_phone", "salary_floor"} <= personal.column_names()
    assert not {"status", "school", "id", "created_at", "event"} & personal.column_names()


def test_before_the_models_are_loaded_secrets_are_masked_already(monkeypatch):
    monkeypatch.setattr(logs.apps, "models_ready", False)
    assert masked(password="x", about="y") == {"password": MASK, "about": "y"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no mail for li.ming+x@students.example.cn today", f"no mail for {MASK} today"),
        ("13912345678 called", f"{MASK} called"),
        ("order 1391234567812 is no telephone", "order 1391234567812 is no telephone"),
        ("a@b is no address", "a@b is no address"),
        ("GET /students/17/ 200", "GET /students/17/ 200"),
    ],
)
def test_addresses_and_telephones_inside_a_sentence(text, kept):
    assert masked(event=text, detail=[text]) == {"event": kept, "detail": [kept]}


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_addresses_in_a_collection_of_any_kind(kind):
    assert masked(detail=kind(["to li@students.invalid", 7])) == {"detail": kind([f"to {MASK}", 7])}


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("source", ["structlog", "standard library"])
def test_a_traceback_is_written_and_masked(source, form, capsys):
    logs.configure_logging(form, "INFO")
    try:
        try:
            raise ValueError("no mail for li@students.invalid")
        except ValueError:
            logger = structlog.get_logger("t") if source == "structlog" else logging.getLogger("t")
            logger.exception("failed")
        text = capsys.readouterr().err
    finally:
        logging.getLogger().handlers.clear()
    assert "Traceback (most recent call last)" in text
    assert "ValueError: no mail for " in text
    assert "li@students" not in text


@pytest.mark.parametrize("source", ["structlog", "standard library"])
def test_the_mask_stands_in_the_pipeline(source, capsys):
    """Both kinds of record pass it on their way to standard error."""
    logs.configure_logging("json", "INFO")
    try:
        if source == "structlog":
            structlog.get_logger("t").info("sent", email="li@students.invalid", to="li@students.invalid")
        else:
            logging.getLogger("t").info("sent to %s", "li@students.invalid")
        line = capsys.readouterr().err
    finally:
        logging.getLogger().handlers.clear()
    assert ("li@students" in line, MASK in line or "\\u2022" in line) == (False, True)
