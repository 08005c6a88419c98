"""Personal data (rule 16): a model says whose its rows are, a column what it is for and what erasing does to it.

    @about("student__membership__user")
    class Experience(Row):
        title = personal("profile", erase=REMOVE)(models.CharField(…))

From these tags come the copy a person downloads, what erasing an account blanks and what is forgotten after a while;
a log masks what stands under the name of a tagged column (and, beside that, secrets and addresses by their shape).
What sign-in libraries keep, and what names a person in somebody else's row, is forgotten by the apps themselves, in
`accounts.hooks.register_leaving`. A system check refuses a tagged column without a rule, and a model without an owner.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.core.checks import Error, register
from django.db import models


@dataclass(frozen=True)
class Rule:
    """What erasing a person does to a column: `how` is blank, text, file, remove or keep; `value` its text or reason."""

    how: str
    value: str = ""


BLANK = Rule("blank")
"""The column becomes empty, or null where it may be."""
FILE = Rule("file")
"""The stored file goes after commit; the row stays for what refers to it."""
REMOVE = Rule("remove")
"""The whole row goes."""


def as_text(template: str) -> Rule:
    """The column says this instead; `{pk}` is the row's number, so that unique columns stay unique."""
    return Rule("text", template)


def kept(reason: str) -> Rule:
    """The column stays, and why."""
    return Rule("keep", reason)


@dataclass(frozen=True)
class Tag:
    """What a personal column is for, its rule, and how many days after the moment in `since` it is kept."""

    purpose: str
    erase: Rule | None
    keep_days: int | None = None
    since: str = "created_at"
    copied: bool = True


@dataclass(frozen=True)
class Owner:
    """How the rows of a model lead to a person: a lookup compared with the person's `by`; None: to nobody."""

    lookup: str | None
    by: str = "pk"
    erase: Rule | None = None
    hidden: tuple[str, ...] = ()


def personal(
    purpose: str,
    *,
    erase: Rule | None = None,
    keep_days: int | None = None,
    since: str = "created_at",
    copied: bool = True,
) -> Callable[[models.Field], models.Field]:
    """Tag a column; `copied=False` keeps somebody else's words about a person out of the person's copy."""

    def tag(field: models.Field) -> models.Field:
        field.personal = Tag(purpose, erase, keep_days, since, copied)
        return field

    return tag


def about(
    lookup: str | None, *, by: str = "pk", erase: Rule | None = None, hidden: tuple[str, ...] = ()
) -> Callable[[type[models.Model]], type[models.Model]]:
    """Say whose the rows are; `erase=REMOVE` removes them whole, `hidden` columns (digests) are never copied."""

    def mark(model: type[models.Model]) -> type[models.Model]:
        model.about_person = Owner(lookup, by, erase, hidden)
        return model

    return mark


def tags(model: type[models.Model]) -> dict[str, Tag]:
    """The tagged columns of a model."""
    fields = model._meta.local_concrete_fields
    return {field.name: field.personal for field in fields if hasattr(field, "personal")}


def tagged() -> Iterator[type[models.Model]]:
    """Models with tagged columns."""
    return (model for model in apps.get_models() if tags(model))


def owned() -> list[type[models.Model]]:
    """Models whose rows lead to a person, the people themselves last: the others are found through them."""
    found = [model for model in apps.get_models() if owner_of(model) and owner_of(model).lookup]
    return sorted(found, key=lambda model: owner_of(model).lookup == "pk")


def owner_of(model: type[models.Model]) -> Owner | None:
    """Whose the rows of a model are; None where nothing was said."""
    return model.__dict__.get("about_person")


@cache
def column_names() -> frozenset[str]:
    """Names of all tagged columns, for the mask of the logs."""
    return frozenset(name for model in tagged() for name in tags(model))


def rows_of(model: type[models.Model], person: models.Model) -> models.QuerySet:
    """The rows of a model that are this person's."""
    owner = owner_of(model)
    assert owner is not None
    return model._default_manager.filter(**{str(owner.lookup): getattr(person, owner.by)})


def copy_of(person: models.Model) -> dict[str, list[dict[str, Any]]]:
    """Every row about a person as plain values, by model; models without a row are left out."""
    found = {}
    for model in owned():
        shown = [field for field in model._meta.concrete_fields if _copied(model, field)]
        named = [field.name for field in shown if _is_thing(field)]
        rows = [_plain(row, shown) for row in rows_of(model, person).select_related(*named).order_by("pk")]
        if rows:
            found[model._meta.label_lower] = rows
    return found


def files_of(person: models.Model) -> Iterator[tuple[str, Any]]:
    """(path in the copy, stored file) of every file that is a person's."""
    for model in owned():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField) and _copied(model, field):
                for row in rows_of(model, person).order_by("pk"):
                    stored = getattr(row, field.name)
                    if stored and stored.storage.exists(stored.name):
                        yield _path(row, stored), stored


def _copied(model: type[models.Model], field: models.Field) -> bool:
    tag = getattr(field, "personal", None)
    return field.name not in owner_of(model).hidden and (tag is None or tag.copied)


def _is_thing(field: models.Field) -> bool:
    """Whether a column refers to something that is nobody's, and may be named; people stay numbers."""
    return field.is_relation and not getattr(owner_of(field.related_model), "lookup", None)


def _plain(row: models.Model, fields: list[models.Field]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        value = getattr(row, field.attname)
        if isinstance(field, models.FileField):
            value = _path(row, value) if value else ""
        elif _is_thing(field):
            value = None if value is None else str(getattr(row, field.name))
        elif hasattr(value, "isoformat"):
            value = value.isoformat()
        found[field.name] = value
    return found


def _path(row: models.Model, stored: Any) -> str:
    return f"files/{row._meta.label_lower}/{row.pk}.{stored.name.rpartition('.')[2]}"


@register()
def check_tags(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Every tagged column has a rule, and its model says whose the rows are."""
    problems = []
    for model in tagged():
        if owner_of(model) is None:
            problems.append(
                Error(f"{model._meta.label} has personal columns, but nobody's.", id="common.E010")
            )
        problems += [
            Error(f"{model._meta.label}.{name} is personal without a rule for erasing.", id="common.E011")
            for name, tag in tags(model).items()
            if tag.erase is None
        ]
    return problems
