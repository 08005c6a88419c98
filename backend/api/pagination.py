"""Lists come in pages with a cursor: stable while rows are added, and equally fast at any depth."""

from rest_framework.pagination import CursorPagination


class CursorPage(CursorPagination):
    """Newest first, 25 rows; a view may set `page_ordering`, which must end in a unique column."""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = ("-id",)

    def get_ordering(self, request, queryset, view) -> tuple[str, ...]:
        """The view's own order, where it has one."""
        return tuple(getattr(view, "page_ordering", self.ordering))
