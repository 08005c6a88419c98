"""The schema says what every endpoint can refuse, so that a client can rely on it."""

import copy
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backend.api.permissions import PUBLIC, audience_of


class ErrorSerializer(serializers.Serializer):
    """The one error body."""

    error = serializers.CharField(help_text="Code, snake_case, for programs.")
    message = serializers.CharField(help_text="Sentence in the reader's language, for people.")
    params = serializers.DictField(help_text="Values the sentence is filled with.")
    fields = serializers.DictField(required=False, help_text="With 422: what is wrong, per field.")

    def get_fields(self) -> dict[str, Any]:
        """A field of this body is called `fields`, which Serializer uses for itself."""
        return copy.deepcopy(self._declared_fields)


class EdgeSchema(AutoSchema):
    """AutoSchema plus the refusals of the edge and the idempotency header."""

    def get_override_parameters(self) -> list[Any]:
        """Name Idempotency-Key where the handler honours it."""
        given = list(super().get_override_parameters())
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        if getattr(handler, "idempotent", False):
            given.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    description="1 to 80 visible ASCII characters; a repeat gets the same answer.",
                )
            )
        return given

    def _get_paginator(self) -> Any:
        """Only reading a list is paged; a write that answers with several rows answers with all of them."""
        return super()._get_paginator() if self.method == "GET" else None

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status, meaning in self._refusals().items():
            bodies.setdefault(status, self._error_body(meaning))
        return bodies

    def _error_body(self, meaning: str) -> dict[str, Any]:
        component = self.resolve_serializer(force_instance(ErrorSerializer), "response")
        return {"content": {"application/json": {"schema": component.ref}}, "description": meaning}

    def _refusals(self) -> dict[str, str]:
        found = {"404": "Does not exist, or you may not see it.", "429": "Too many requests."}
        if audience_of(self.view, self.method) != PUBLIC:
            found |= {"403": "You may not do this."}
        found |= {"401": "Sign in, or mend the token."}
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            found |= {
                "400": "The body cannot be read.",
                "403": "You may not do this.",
                "409": "Not possible in the present state.",
                "415": "This kind of body is not taken here.",
                "422": "Some entries need correcting.",
            }
        else:
            found |= {"406": "Only JSON is spoken here.", "422": "A filter is wrong."}
        return found
