"""/api/v1/saved-searches/: keep searches and hear of what they find."""

from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.views import ApiViewSet
from backend.common.errors import Invalid
from backend.positions import searching
from backend.searches import domain, queries
from backend.searches.interfaces.labels import name_of
from backend.searches.interfaces.serializers import (
    FoundSerializer,
    SavedSearchChange,
    SavedSearchInput,
    SavedSearchSerializer,
)
from backend.searches.models import SavedSearch
from search.query import PositionQuery

NOT_KEPT = {"q", "sort", "page", "exact"}
ASKED = {"query": "q=数控&city=320500&salary=5000", "name": "苏州数控", "frequency": "daily"}
SHOWN = {
    "id": 7, "name": "苏州数控", "query": "city=320500&q=%E6%95%B0%E6%8E%A7&salary=5000", "sort": "relevance",
    "frequency": "daily", "new": 2, "looked_at": "2026-03-02T09:00:00+08:00", "created_at": "2026-03-01T20:15:00+08:00",
    "url": "/positions/?city=320500&q=%E6%95%B0%E6%8E%A7&salary=5000",
}  # fmt: skip
SENT = OpenApiExample("Words, a city and pay", ASKED, request_only=True)
KEPT = OpenApiExample("Kept", SHOWN, response_only=True)


class SavedSearchViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The student's own searches."""

    audience = {Role.STUDENT}
    model, visible_to = SavedSearch, staticmethod(queries.searches_visible_to)
    serializer_class = SavedSearchSerializer

    @extend_schema(examples=[KEPT])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Searches the student keeps, latest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(examples=[KEPT])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them; asking does not count as looking."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=SavedSearchInput, responses={201: SavedSearchSerializer}, examples=[SENT, KEPT])
    @idempotent
    def create(self, request: Request) -> Response:
        """Keep a search, up to 30; what it finds from now on is told as often as `frequency` says."""
        values = self.payload(SavedSearchInput)
        query = self._query(values["query"])
        search = domain.save_search(
            actor=self.actor,
            query=query,
            name=values.get("name") or name_of(self.actor, query),
            frequency=values["frequency"],
        )
        return self._shown(search, 201)

    @extend_schema(
        request=SavedSearchChange,
        responses=SavedSearchSerializer,
        examples=[
            OpenApiExample("At once from now on", {"frequency": "instant"}, request_only=True),
            OpenApiExample("Changed", SHOWN | {"frequency": "instant"}, response_only=True),
        ],
    )
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change its name, its frequency or what it looks for."""
        values = self.payload(SavedSearchChange)
        if "query" in values:
            values["query"] = self._query(values["query"])
        return self._shown(
            domain.change_search(actor=self.actor, search_id=self.get_object().pk, values=values)
        )

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Give it up."""
        domain.delete_search(actor=self.actor, search_id=self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=None, responses=SavedSearchSerializer)
    @action(detail=True, methods=["post"])
    def looked(self, request: Request, pk: str | None = None) -> Response:
        """Say that the student has looked at what it found: `new` begins at 0 again."""
        return self._shown(domain.look_at(actor=self.actor, search_id=self.get_object().pk))

    @extend_schema(responses=FoundSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def found(self, request: Request, pk: str | None = None) -> Response:
        """What came since it was saved and is open, latest first."""
        rows = self.paginate_queryset(queries.found_by(self.actor, self.get_object()))
        return self.get_paginated_response(FoundSerializer(rows, many=True).data)

    def _query(self, text: str) -> PositionQuery:
        """The query a text states; what it would silently leave out is refused, by name."""
        query = searching.query_at(self.actor, text.removeprefix("?"))
        given = {name for name, value in parse_qsl(text.removeprefix("?"))}
        if odd := given - NOT_KEPT - set(searching.chosen(query)):
            sentence = _("This is no filter, or has no such value: %(names)s")
            raise Invalid(fields={"query": [sentence % {"names": ", ".join(sorted(odd))}]})
        return query

    def _shown(self, search: SavedSearch, status: int = 200) -> Response:
        row = queries.searches_visible_to(self.actor).get(pk=search.pk)
        return Response(SavedSearchSerializer(row).data, status=status)
