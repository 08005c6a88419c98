"""Endpoints beside the search: suggestions, facets, one's own recent searches."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC, SIGNED_IN
from backend.api.views import ApiView
from backend.common.errors import Invalid
from backend.positions import comparing, history, offering, searching
from backend.positions.interfaces import compare, examples, labels
from backend.positions.interfaces.serializers import (
    FacetsAnswerSerializer,
    PositionsComparedSerializer,
    RecentSearchInput,
    RecentSearchSerializer,
    SuggestAnswerSerializer,
)
from search.query import COUNTABLE
from search.results import SearchPage

FILTERS = [
    OpenApiParameter("q", str, description='Words, "a phrase", -without, 公司:name; Chinese, English or pinyin.'),
    OpenApiParameter("occupation", str, description="A code of any level: 6-18-02-04, 6-18-00-00, 6-18."),
    OpenApiParameter("province", str, description="420000"),
    OpenApiParameter("city", str, description="420100"),
    OpenApiParameter(
        "district", str, many=True, description="420102; several of them: one of these. Those outside `city` are left out."
    ),
    OpenApiParameter("major", str, many=True, description="Several of them: one of these."),
    OpenApiParameter("kind", str),
    OpenApiParameter("education", str, description="Positions that ask for this level or less."),
    OpenApiParameter("industry", str),
    OpenApiParameter("company_size", str),
    OpenApiParameter("company", int),
    OpenApiParameter("fair", int, description="Brought to this fair."),
    OpenApiParameter("salary", int, description="Yuan a month that the pay reaches."),
    OpenApiParameter("days", int, description="Published within so many days."),
    OpenApiParameter("exact", int, description="1: neither correct the text nor let filters go."),
    OpenApiParameter(
        "qualified", int, description="1: only what the student who asks qualifies for; else ignored."
    ),
]  # fmt: skip
"""What search and facets hear alike. What makes no sense is left out, never an error."""


def facets_of(page: SearchPage) -> list[dict[str, Any]]:
    """Facets with their values in words; hundreds of values one by one through serializers would cost too much."""
    return [
        {
            "name": facet.name,
            "values": [
                {"value": value, "label": labels.facet_value(facet.name, value), "count": count}
                for value, count in facet.counts
            ],
        }
        for facet in page.facets
    ]


class PositionFacets(ApiView):
    """How many positions each value of a filter leaves, under all other filters."""

    audience = PUBLIC
    serializer_class = FacetsAnswerSerializer
    pagination_class = None

    @extend_schema(
        parameters=[
            *FILTERS,
            OpenApiParameter(
                "facets", str, many=True, enum=COUNTABLE, description="All where none is named."
            ),
        ],
        responses=FacetsAnswerSerializer,
        examples=[examples.FACETS],
    )
    def get(self, request: Request) -> Response:
        """Counts for the same words and filters as a search."""
        names = [
            name for value in request.query_params.getlist("facets") for name in value.split(",") if name
        ]
        if unknown := sorted(set(names) - set(COUNTABLE)):
            raise Invalid(fields={"facets": [_("Unknown: %(names)s.") % {"names": ", ".join(unknown)[:80]}]})
        query = searching.read_query(searching.joined(request.query_params), actor=self.actor)
        page = searching.count(self.actor, query, tuple(dict.fromkeys(names)) or COUNTABLE)
        said = {name: getattr(page, name) for name in ("total", "degraded", "updating", "corrected")}
        return Response({**said, "widened": list(page.widened), "facets": facets_of(page)})


class PositionSuggest(ApiView):
    """What completes a text, by kind."""

    audience = PUBLIC
    serializer_class = SuggestAnswerSerializer
    pagination_class = None

    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="What is being typed: characters or pinyin.")],
        responses=SuggestAnswerSerializer,
        examples=[examples.SUGGESTIONS],
    )
    def get(self, request: Request) -> Response:
        """Own searches, occupations, companies, skills and titles, in this order; `states` are parameters of a search."""
        text = request.query_params.get("q", "").strip()[:60]
        items = [
            {"kind": one.kind, "text": one.text, "count": one.count, "states": dict([one.states])}
            for one in offering.offers(self.actor, text)
        ]
        return Response(SuggestAnswerSerializer({"q": text, "items": items}).data)


class PositionCompare(ApiView):
    """Up to four positions side by side."""

    audience = PUBLIC
    serializer_class = PositionsComparedSerializer
    pagination_class = None

    @extend_schema(
        parameters=[OpenApiParameter("ids", str, required=True, description="One to four ids: 3,7,12.")],
        responses=PositionsComparedSerializer,
        operation_id="positions_compare",
        examples=[examples.COMPARED],
    )
    def get(self, request: Request) -> Response:
        """What each says and where they differ, in the order asked for; with their fit for a student."""
        ids = comparing.read_ids(request.query_params.get("ids", ""))
        if not 1 <= len(ids) <= comparing.MOST:
            raise Invalid(fields={"ids": [_("Name one to %(most)s positions.") % {"most": comparing.MOST}]})
        found = comparing.compare(self.actor, ids)
        fits = [
            {"position": pk, "percent": fit.percent, "good": fit.good, "poor": fit.poor}
            for pk, fit in found.fits.items()
        ]
        body = {
            "positions": found.positions,
            "gone": found.gone,
            "rows": compare.rows(found.positions),
            "fits": fits,
        }
        return Response(PositionsComparedSerializer(body).data)


class RecentSearches(ApiView):
    """One's own recent searches, the last first, at most twenty."""

    audience = SIGNED_IN
    serializer_class = RecentSearchSerializer
    pagination_class = None

    @extend_schema(responses=RecentSearchSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What was searched for."""
        return Response(RecentSearchSerializer(history.searches_of(self.actor), many=True).data)

    @extend_schema(request=RecentSearchInput, responses={201: RecentSearchSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Put a text on top; one that is there already moves up."""
        row = history.remember_search(actor=self.actor, text=self.payload(RecentSearchInput)["text"])
        return Response(RecentSearchSerializer(row).data, status=201)

    @extend_schema(responses={204: None}, operation_id="positions_searches_clear")
    def delete(self, request: Request) -> Response:
        """Forget all."""
        history.forget_searches(actor=self.actor)
        return Response(status=204)


class RecentSearchOne(ApiView):
    """One of them."""

    audience = SIGNED_IN
    serializer_class = RecentSearchSerializer

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget it."""
        history.forget_search(actor=self.actor, search_id=pk)
        return Response(status=204)
