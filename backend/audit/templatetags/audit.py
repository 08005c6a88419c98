"""The history of a row, on any page that may show the row: `{% load audit %}{% history position %}`."""

from typing import Any

from django import template
from django.db import models

from backend.accounts.enums import Role
from backend.audit.labels import label_of
from backend.audit.queries import history_of

register = template.Library()


@register.inclusion_tag("audit/history.html")
def history(target: models.Model) -> dict[str, Any]:
    """What happened, when, by whom (the role, never a name), with the reason given."""
    roles = dict(Role.choices)
    events = [
        {"title": label_of(row.verb), "at": row.at, "by": roles.get(row.actor_role, ""), "text": row.reason}
        for row in history_of(target)
    ]
    return {"events": events}


@register.filter
def verb_label(verb: str) -> str:
    """What was done, in words."""
    return label_of(verb)


@register.filter
def role_label(role: str) -> str:
    """The role in words."""
    return str(dict(Role.choices).get(role, role))
