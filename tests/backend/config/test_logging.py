"""Personal values never reach a log line."""

from backend.config.logging import MASKED, mask_personal


def test_personal_fields_are_masked_and_others_kept():
    event = {"event": "signed_in", "email": "a@b.invalid", "phone": "1", "user": 7}
    assert mask_personal(None, "info", event) == {
        "event": "signed_in",
        "email": "•••",
        "phone": "•••",
        "user": 7,
    }


def test_every_masked_field_is_masked():
    masked = mask_personal(None, "info", dict.fromkeys(MASKED, "value"))
    assert set(masked.values()) == {"•••"}
