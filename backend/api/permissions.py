"""Deny by default: a view answers only the audience it declares."""

from collections.abc import Collection
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.common.errors import NotAllowed

PUBLIC = frozenset({"*"})
"""Everybody, signed in or not."""
SIGNED_IN = frozenset({"+"})
"""Everybody who is signed in, with or without a role."""


class Declared(BasePermission):
    """`audience` of the view: PUBLIC, SIGNED_IN, a set of roles, or a dict of these by action or method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the person's live role is in the declared audience; undeclared means nobody."""
        audience = audience_of(view, request.method or "")
        if audience is None:
            return False
        if audience == PUBLIC:
            return True
        # The actor is read from request.user, which must be the one DRF authenticated: ask that first.
        if not request.user.is_authenticated:
            return False
        if getattr(request, "second_factor_due", False) and not getattr(view, "before_second_factor", False):
            raise NotAllowed("second_factor_required")
        return audience == SIGNED_IN or request.actor.role in audience


def audience_of(view: Any, method: str) -> Collection[str] | None:
    """The declared audience of a view for a method; None when it declares none."""
    audience = getattr(view, "audience", None)
    if isinstance(audience, dict):
        action = getattr(view, "action", None)
        key = action if action in audience else "GET" if method in {"HEAD", "OPTIONS"} else method
        audience = audience.get(key)
    return audience
