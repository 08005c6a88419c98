"""Canaries: a different value in every personal column of every row, so that whoever sees one can be named."""

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import models

from backend.applications.models import ApplicationNote, ApplicationStep
from backend.common import personal
from backend.recommendations.models import Interaction
from backend.students.models import ProfileView, RosterImport
from fairs.models import CommandReceipt, Meeting, Message
from tests.factories import applications
from tests.factories.world import SIDES, World

SECRETS = {"body", "answer", "payload", "wanted_kinds"}
"""Columns of machines, which no page shows and whose readers want a shape, and one of our own codes."""

CODE = 6
"""Characters of a division's code; a canary in such a column is as short."""


def furnish(world: World) -> None:
    """Rows with personal columns that no address names: steps, notes, offers, messages, looks."""
    for side in SIDES:
        rows = world.rows[side]
        application, user = rows["application"], rows["student account"].user
        rows["step"] = ApplicationStep.objects.create(
            application=application, status="new", message="x", by_role="student"
        )
        rows["note"] = ApplicationNote.objects.create(application=application, text="x")
        rows["offer"] = applications.OfferFactory(application=application, text="x")
        rows["message"] = Message.objects.create(
            meeting=rows["meeting"], author=user, by_student=True, text="x"
        )
        rows["look"] = ProfileView.objects.create(student=rows["student"], company=rows["company"])
        rows["interaction"] = Interaction.objects.create(
            student=rows["student"], position=rows["position"], kind="view"
        )
        rows["receipt"] = CommandReceipt.objects.create(user=user, command_id="c")


def plant(world: World) -> dict[str, tuple[str, str]]:
    """Fill every column; what each canary stands for: (side, "app.model.column").

    The accounts of people are a side of their own each: "the student", "the owner", …
    """
    sides = {
        (type(row), row.pk): side for side in SIDES for row in world.rows[side].values() if row.pk is not None
    }
    sides |= {
        (type(row.user), row.user_id): side
        for side in SIDES
        for row in world.rows[side].values()
        if hasattr(row, "user_id") and hasattr(row, "role")
    }
    sides |= {(type(person), person.pk): f"the {role}" for role, person in world.people.items()}
    found, numbers = {}, itertools.count(1)
    for model, name in columns():
        for row in model._default_manager.order_by("pk"):
            side = sides.get((model, row.pk))
            if side is None:
                continue
            field = model._meta.get_field(name)
            canary = f"{'k' if field.max_length == CODE else 'kanarie'}{next(numbers):04d}x"
            value = _value(model, field, canary, row)
            also = BESIDE.get((model, name), {})
            model._default_manager.filter(pk=row.pk).update(**{name: value}, **also)
            found[canary] = (side, f"{model._meta.label_lower}.{name}")
    return found


# What a column has to be told with.
BESIDE = {(Meeting, "next_step"): {"next_step_due": date(2026, 12, 1)}}


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Tagged columns that can hold a word."""
    for model in personal.tagged():
        for name in personal.tags(model):
            if name not in SECRETS and _wordy(model._meta.get_field(name)):
                yield model, name


def _wordy(field: models.Field) -> bool:
    text = isinstance(field, (models.CharField, models.TextField)) and not isinstance(field, models.FileField)
    return text or isinstance(field, models.JSONField)


def _value(model: type, field: models.Field, canary: str, row: models.Model) -> Any:
    if model is RosterImport:
        entry = dict.fromkeys(
            ("name", "number", "email", "phone", "major", "class_name", "education"), canary
        )
        problem = {"row": 1, "column": "x", "value": canary, "remedy": canary}
        return (
            [problem] if field.name == "problems" else [{**entry, "action": "new", "graduation_year": 2026}]
        )
    if isinstance(field, models.EmailField):
        return f"{canary}@kanarie.invalid"
    if field.name == "skill_levels":
        return {canary: 2}
    if isinstance(field, models.JSONField):
        old = getattr(row, field.name)
        return [canary] if isinstance(old, list) else dict.fromkeys([*old, "student"], canary)
    return canary
