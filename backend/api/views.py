"""The base of every endpoint: a declared audience, one visibility query, one way to refuse."""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import get_urlconf
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from backend.api.models import ApiToken
from backend.api.schema import EdgeSchema
from backend.common.errors import unreadable_address

NOBODY = SimpleNamespace(
    role="anonymous",
    user_id=None,
    school_id=None,
    school_ids=(),
    department_id=None,
    company_id=None,
    student_id=None,
    is_owner=False,
    is_authenticated=False,
)
"""Stands for the actor while the schema is drawn: this app lies below the one that knows actors."""


class Edge:
    """What ApiView and ApiViewSet share.

    `audience`: who is answered (backend.api.permissions). `model` and `visible_to` (a staticmethod taking the
    actor): the rows a list or lookup starts from; a row outside them is a 404.
    """

    audience: Any = None
    model: type[models.Model] | None = None
    visible_to: Callable[[Any], QuerySet]
    schema = EdgeSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse an address that nothing could be looked up by, before anything is looked up."""
        super().initial(request, *args, **kwargs)
        if wrong := unreadable_address(request.query_params):
            raise wrong

    @property
    def actor(self) -> Any:
        """Who is asking; nobody while the schema is drawn."""
        return NOBODY if getattr(self, "swagger_fake_view", False) else self.request.actor

    def get_queryset(self) -> QuerySet:
        """Rows this person may see; none while the schema is drawn, when nobody asks."""
        if getattr(self, "swagger_fake_view", False):
            # A view without rows of its own is asked too; any empty list will do.
            return (self.model or ApiToken)._default_manager.none()
        return type(self).visible_to(self.actor)

    def payload(
        self, serializer_class: type[serializers.Serializer] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The validated body; a wrong one is a 422 that names the fields."""
        kwargs.setdefault("context", self.get_serializer_context())
        serializer = (serializer_class or self.get_serializer_class())(data=self.request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class ApiView(Edge, GenericAPIView):
    """One address with `get`, `post`, …"""


class ApiViewSet(Edge, GenericViewSet):
    """Several addresses of one noun, for a router; add DRF's ListModelMixin and such as needed."""


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1 of everything under /api/v1/, the same for everybody."""

    def _get_schema_response(self, request: Request) -> HttpResponse:
        body = _drawn(get_urlconf() or settings.ROOT_URLCONF, get_language(), type(request.accepted_renderer))
        named = f'inline; filename="{self._get_filename(request, "")}"'
        kind = f"{request.accepted_renderer.media_type}; charset=utf-8"
        return HttpResponse(body, content_type=kind, headers={"Content-Disposition": named})


@lru_cache(maxsize=8)
def _drawn(urlconf: str, language: str | None, renderer: type[BaseRenderer]) -> bytes:
    """The document as bytes, drawn once: it takes half a second, and anybody may ask for it."""
    generator = SchemaGenerator(urlconf=urlconf, api_version=spectacular_settings.VERSION)
    return renderer().render(generator.get_schema(request=None, public=True), renderer_context={})


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from the wheel; its script comes as a file of its own, so the strict CSP holds."""

    url_name = "api-schema"
    template_name = "api/swagger.html"
