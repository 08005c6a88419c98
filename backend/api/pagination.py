"""Lists come in pages with a cursor: stable while rows are added, and equally fast at any depth."""

from django.core.exceptions import ValidationError
from rest_framework.pagination import CursorPagination

from backend.common.errors import NotFound


class CursorPage(CursorPagination):
    """Newest first, 25 rows; a view may set `page_ordering`, which must end in a unique column."""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = ("-id",)

    def paginate_queryset(self, queryset, request, view=None) -> list | None:
        """The rows of the page; a cursor of somebody's own making, whose place no column holds, is a 404."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (TypeError, ValueError, ValidationError) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            raise NotFound() from error

    def get_ordering(self, request, queryset, view) -> tuple[str, ...]:
        """The view's own order, where it has one."""
        return tuple(getattr(view, "page_ordering", self.ordering))
