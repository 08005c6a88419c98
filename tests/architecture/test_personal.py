"""What people are or write is tagged in the model, or stands here with the reason why it is not; `__all__` is banned."""

import ast
from pathlib import Path

from django.apps import apps
from django.db import models

from backend.common import personal

ROOT = Path(__file__).resolve().parents[2]
FREE = (models.CharField, models.TextField, models.FileField, models.JSONField)
# Fields that hold nothing about a person: of a company or school, or codes of ours.
NOT_ABOUT_PEOPLE = {
    "accounts.AttemptCount": {"digest"},  # a keyed digest; it ends within the hour
    "accounts.Invitation": {"token_digest"},
    "accounts.User": {"password", "language"},  # a hash and a setting
    "api.ApiToken": {"label", "digest"},  # a program's name, given by its owner
    "api.IdempotencyKey": {"key", "route", "digest"},
    "applications.ApplicationStep": {"by_role"},
    "applications.InterviewSlot": {"place"},
    "audit.AuditEntry": {"verb", "actor_role", "target", "before", "after", "data"},  # never personal values
    "common.OutboxEntry": {"topic", "dedupe_key", "last_error"},
    "companies.Company": {
        "name", "credit_code", "industry", "city_code", "address", "website", "about", "source",
    },
    "companies.CompanyDivision": {"name"},
    "companies.VettingDecision": {"reason"},
    "companies.VettingEvidence": {"file", "original_name", "content_type"},
    "fairs.Announcement": {"zone", "text_zh", "text_en"},
    "fairs.Booth": {"label", "zone", "reason", "pause_message"},
    "fairs.CommandReceipt": {"command_id"},
    "fairs.Event": {"kind", "payload"},  # for its own audience, and forgotten a week after the fair
    "fairs.Fair": {"name", "description", "address"},
    "fairs.GroupSession": {"topic"},  # of the company's talk
    "fairs.Question": {"answer"},  # of the company; the student's words are tagged
    "fairs.ServerProcess": {"name"},
    "fairs.Stream": {"name"},
    "fairs.Ticket": {"call_reason"},  # codes of reasons
    "notifications.Notification": {"kind", "url", "dedupe_key"},
    "positions.Position": {
        "title", "duties", "conditions", "majors", "skills", "skill_levels", "wanted_skills", "certificates", "graduation_years",
        "city_code", "district_code",
        "place", "review_reason", "source", "source_key",
    },
    "positions.PositionImport": {"file", "original_name", "mapping", "error", "report"},
    "positions.PositionTemplate": {"name", "values"},
    "recommendations.GradingRound": {"model"},
    "recommendations.Impression": {"surface", "model", "reasons"},
    "recommendations.Interaction": {"kind", "cause"},
    "recommendations.StoredAudit": {"model", "figures"},  # figures of groups of ten and more
    "recommendations.StrongPair": {"model"},
    "recommendations.TrainingRun": {"model", "message", "progress"},
    "schools.Alliance": {"name"},
    "schools.Department": {"name"},
    "schools.Division": {"code", "name", "short_name", "parent_code", "pinyin"},
    "schools.Major": {"name", "code", "skills", "occupation_codes"},
    "schools.Occupation": {"code", "name"},
    "schools.School": {"name", "code", "city_code", "district_code", "time_zone", "suspended_reason"},
    "schools.SchoolClass": {"name"},
    "searches.SavedSearch": {"digest", "sort"},
    "searches.SeenPosition": {"fairs"},
    "students.DisclosureGrant": {"fields", "purpose"},
    "students.ProfileView": {"where"},
    "students.Resume": {"content_type"},
    "students.RosterImport": {"file_name", "counts"},
    "wording.SearchTally": {"text", "filters"},  # counted; what looks like a person's number is left out
    "wording.SynonymGroup": {"words"},
    "wording.SynonymStamp": {"stamp"},
    "wording.SynonymWord": {"key"},
}  # fmt: skip


def ours() -> list[type[models.Model]]:
    """Models of this project."""
    return [m for m in apps.get_models() if m.__module__.partition(".")[0] in {"backend", "fairs", "search"}]


def free_fields(*, tagged: bool) -> dict[str, set[str]]:
    """Fields in which text, a list or a file stands, by model, with or without a tag."""
    found: dict[str, set[str]] = {}
    for model in ours():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, FREE) and not field.choices and hasattr(field, "personal") == tagged:
                found.setdefault(model._meta.label, set()).add(field.name)
    return found


# Models that lead to a person by some column, and why their rows are nobody's own.
LEAD_TO_PEOPLE = {
    "companies.VettingDecision": "whoever of the staff decided",
    "companies.VettingEvidence": "whoever of the company uploaded it",
    "fairs.Announcement": "whoever of the staff wrote it",
    "fairs.GroupSession": "whoever of the company leads it; who is in it has a ticket of it",
    "positions.PositionImport": "whoever of the staff started it",
    "recommendations.GradingRound": "whoever of the staff drew it",
    "students.RosterImport": "whoever of the staff uploaded it",
}


def test_rows_that_lead_to_a_student_or_a_user_have_an_owner():
    """A new table about people must say whose its rows are, or it would be missing in the copy and the erasure."""
    people = {apps.get_model("accounts.User"), apps.get_model("students.Student")}
    lead = {
        model._meta.label
        for model in ours()
        if any(
            field.is_relation and field.related_model in people for field in model._meta.local_concrete_fields
        )
    }
    owned = {model._meta.label for model in personal.owned()}
    assert lead - owned == set(LEAD_TO_PEOPLE)


def test_every_tag_has_a_rule_and_every_tagged_model_an_owner():
    assert personal.check_tags() == []


def test_every_free_field_is_tagged_or_reviewed():
    assert free_fields(tagged=False) == NOT_ABOUT_PEOPLE


def test_contact_data_says_so():
    """Names, addresses and telephone numbers of people carry a purpose that disclosure can ask for."""
    tagged = free_fields(tagged=True)
    assert tagged["accounts.User"] == {"email", "name"}
    assert tagged["students.Student"] == {
        "number", "name", "email", "phone", "about", "skills", "certificates", "wanted_occupations",
        "wanted_cities", "wanted_kinds", "status_reason", "skill_levels", "based_in",
    }  # fmt: skip
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
