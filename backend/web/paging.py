"""One page of a list, from the address's `page`; numbers out of reach give the nearest page, never an error."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def page(request: HttpRequest, rows: Any, size: int = 20, param: str = "page") -> Page:
    """The page of rows that the request asks for; show it with `{% pagination page %}`."""
    found = Paginator(rows, size).get_page(request.GET.get(param))
    found.query = request.GET.copy()
    found.param = param
    return found
