"""Every refusal has one body: {"error": code, "message": text, "params": {…}}; Invalid adds "fields"."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from backend.common.errors import DomainError, Invalid, NotAllowed, NotFound

EDGE = {
    exceptions.ParseError: ("malformed", _("The body cannot be read.")),
    exceptions.NotAuthenticated: ("not_authenticated", _("Sign in first.")),
    exceptions.AuthenticationFailed: ("bad_token", _("This token does not exist or has ended.")),
    exceptions.MethodNotAllowed: ("method_not_allowed", _("This address does not take this method.")),
    exceptions.NotAcceptable: ("not_acceptable", _("Only JSON is spoken here.")),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", _("This kind of body is not taken here.")),
    exceptions.Throttled: ("too_many_requests", _("Too many requests: wait a moment.")),
}
"""Refusals of the edge itself, by exception, with code and sentence."""


def exception_handler(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Turn a refusal into its answer; anything else is a fault and stays one."""
    found = _as_domain_error(error)
    if found is not None:
        set_rollback()
        return Response(body_of(found), status=found.status)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    code, text = EDGE.get(type(error), ("error", error.detail))
    headers = {}
    params: dict[str, Any] = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        params["wait"] = max(1, int(wait))
        headers["Retry-After"] = str(params["wait"])
    return Response(
        {"error": code, "message": str(text), "params": params}, status=error.status_code, headers=headers
    )


def body_of(error: DomainError) -> dict[str, Any]:
    """The one error body."""
    body: dict[str, Any] = {"error": error.code, "message": error.text, "params": _plain(error.params)}
    if isinstance(error, Invalid):
        body["fields"] = _plain(error.fields)
    return body


def _as_domain_error(error: Exception) -> DomainError | None:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFound()
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return NotAllowed()
    if isinstance(error, exceptions.ValidationError):
        detail = error.detail
        return Invalid(fields=detail if isinstance(detail, dict) else {"non_field_errors": detail})
    if isinstance(error, DjangoValidationError):
        fields = error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        return Invalid(fields=fields)
    return None


def _plain(value: Any) -> Any:
    """Lazy sentences and error details as plain values that JSON takes."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, int | float | bool) or value is None else str(value)
