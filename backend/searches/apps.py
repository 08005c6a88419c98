from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchesConfig(AppConfig):
    """Searches students keep, and alerts about what they find."""

    name = "backend.searches"
    label = "searches"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of positions, tell of matches, stand above the results of a search and in the navigation."""
        from backend.common import outbox, periodic
        from backend.notifications.domain import register_kind
        from backend.positions import indexing, panels
        from backend.searches import domain, links
        from backend.searches.domain import finding, telling
        from backend.searches.interfaces.labels import save_tool
        from backend.web import nav

        indexing.listen(domain.look)
        outbox.register(finding.TOPIC, domain.find_for, batch=finding.BATCH, apart=True)
        outbox.register(telling.TOPIC, domain.tell_at_once, batch=50, apart=True)
        five = timedelta(minutes=5)
        periodic.register("searches.digest", domain.send_digests, every=five, apart=True)
        register_kind(
            "search_found",
            _("%(number)s new for your search “%(search)s”: %(positions)s."),
            ways_out=links.of_search,
        )
        register_kind(
            "searches_digest",
            _("%(number)s new for the searches you saved: %(found)s."),
            ways_out=links.of_digest,
        )
        panels.register_tool(save_tool)
        nav.register("student", _("Saved searches"), "searches:list", icon="search", order=62)
