"""What the tags of personal columns make the product forget: at erasing an account, and after a while (rule 16)."""

from datetime import timedelta
from typing import Any

from django.db import models, transaction

from backend.common import clock
from backend.common.files import delete_file
from backend.common.personal import BLANK, FILE, REMOVE, Rule, owned, owner_of, rows_of, tagged, tags


def erase(person: models.Model) -> None:
    """Apply every rule to every row about a person; call inside a transaction."""
    for model in owned():
        rows, owner = rows_of(model, person), owner_of(model)
        rules = {name: tag.erase for name, tag in tags(model).items() if tag.erase is not None}
        _drop_files(rows, model, rules, all_of_them=owner.erase == REMOVE)
        if REMOVE in (owner.erase, *rules.values()):
            rows.delete()
        else:
            _overwrite(rows, model, rules)


def purge() -> int:
    """Apply the rule of every column whose days are over; the number of rows changed."""
    changed = 0
    for model in tagged():
        for name, tag in tags(model).items():
            if tag.keep_days is None:
                continue
            limit = clock.now() - timedelta(days=tag.keep_days)
            rows = model._default_manager.filter(**{f"{tag.since}__lt": limit})
            with transaction.atomic():
                if tag.erase == REMOVE:
                    changed += rows.delete()[0]
                else:
                    rule = tag.erase if tag.erase and tag.erase.how == "text" else BLANK
                    changed += _overwrite(_unforgotten(rows, model, name, rule), model, {name: rule})
    return changed


def _unforgotten(rows: models.QuerySet, model: type, name: str, rule: Rule) -> models.QuerySet:
    if rule.how == "text":
        return rows.exclude(**{f"{name}__startswith": rule.value.partition("{pk}")[0]})
    return rows.exclude(**{name: empty(model._meta.get_field(name))})


def empty(field: models.Field) -> Any:
    """What a blank column of this kind holds."""
    if field.null:
        return None
    return "" if isinstance(field, (models.CharField, models.TextField)) else field.get_default()


def _overwrite(rows: models.QuerySet, model: type, rules: dict[str, Rule]) -> int:
    values = {name: empty(model._meta.get_field(name)) for name, rule in rules.items() if rule.how == "blank"}
    texts = {name: rule.value for name, rule in rules.items() if rule.how == "text"}
    if not values and not texts:
        return 0
    if any(field.name == "updated_at" for field in model._meta.concrete_fields):
        values["updated_at"] = clock.now()
    if not texts:
        return rows.update(**values)
    keys = list(rows.values_list("pk", flat=True))
    for pk in keys:
        said = {name: text.format(pk=pk) for name, text in texts.items()}
        model._default_manager.filter(pk=pk).update(**values, **said)
    return len(keys)


def _drop_files(rows: models.QuerySet, model: type, rules: dict[str, Rule], *, all_of_them: bool) -> None:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.FileField) and (all_of_them or rules.get(field.name) in (FILE, REMOVE)):
            for row in rows:
                stored = getattr(row, field.name)
                if stored:
                    delete_file(stored)
