"""What people are or write is tagged in the model, or stands here with the reason why it is not; `__all__` is banned."""

import ast
from pathlib import Path

from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "students", "companies", "applications", "fairs")
FREE = (models.CharField, models.TextField, models.FileField, models.EmailField)
# Fields that hold nothing about a person: of a company or school, or codes of ours.
NOT_ABOUT_PEOPLE = {
    "accounts.AttemptCount": {"digest"},  # a keyed digest; it ends within the hour
    "accounts.Invitation": {"token_digest"},
    "accounts.User": {"password", "language"},  # a hash and a setting
    "applications.ApplicationStep": {"by_role"},
    "applications.InterviewSlot": {"place"},
    "companies.Company": {
        "name", "credit_code", "industry", "city_code", "address", "website", "about", "source",
    },
    "companies.CompanyDivision": {"name"},
    "companies.VettingDecision": {"reason"},
    "companies.VettingEvidence": {"file", "original_name", "content_type"},
    "fairs.Booth": {"label", "zone", "reason"},
    "fairs.CommandReceipt": {"command_id"},
    "fairs.Event": {"kind"},
    "fairs.Fair": {"name", "description", "address"},
    "fairs.Stream": {"name"},
    "students.DisclosureGrant": {"purpose"},
    "students.ProfileView": {"where"},
    "students.Resume": {"title", "content_type"},
    "students.RosterImport": {"file_name"},
    "students.Student": {"status_reason"},  # the school's reason for its own decision
}  # fmt: skip


def free_fields(*, tagged: bool) -> dict[str, set[str]]:
    """Fields in which text or a file stands, by model, with or without a tag."""
    found: dict[str, set[str]] = {}
    for model in (model for app in APPS for model in apps.get_app_config(app).get_models()):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, FREE) and not field.choices and hasattr(field, "personal") == tagged:
                found.setdefault(model._meta.label, set()).add(field.name)
    return found


def test_every_free_field_is_tagged_or_reviewed():
    assert free_fields(tagged=False) == NOT_ABOUT_PEOPLE


def test_contact_data_says_so():
    """Names, addresses and telephone numbers of people carry a purpose that disclosure can ask for."""
    tagged = free_fields(tagged=True)
    assert tagged["accounts.User"] == {"email", "name"}
    assert tagged["students.Student"] == {"number", "name", "email", "phone", "about"}
    assert tagged["companies.Company"] == {"contact_name", "contact_phone"}
    assert tagged["fairs.Message"] == {"text"}


def test_no_serializer_or_form_takes_every_field():
    """A column added later would be published without anybody deciding it."""
    found = []
    for path in sorted(path for top in ("backend", "fairs") for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"fields", "exclude"}:
                said = ast.unparse(node.value)
                if said == "'__all__'" or node.targets[0].id == "exclude":
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
