from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PositionsConfig(AppConfig):
    name = "backend.positions"
    label = "positions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Feed the index, expire what is past its validity, declare notifications and navigation."""
        from backend.common import failpoints, outbox, periodic, warming
        from backend.companies.domain import REACHABILITY_TOPIC
        from backend.notifications.domain import register_kind
        from backend.positions import domain, indexing, searching
        from backend.positions.imports import run
        from backend.positions.interfaces import noted
        from backend.web import nav
        from backend.wording import preview
        from search import api

        outbox.register(domain.INDEX_TOPIC, indexing.handle_positions, batch=200, lease=indexing.LEASE)
        outbox.register(indexing.CATCH_UP, indexing.handle_catch_up, batch=200, lease=indexing.LEASE)
        outbox.register(REACHABILITY_TOPIC, indexing.handle_companies, batch=50, lease=indexing.LEASE)
        outbox.register(run.TOPIC, run.handle, school_of=run.school_of)
        api.register_source(indexing.all_documents, indexing.all_standings, indexing.waiting)
        preview.set_finder(noted.previewed)
        api.connect_failpoints(failpoints.hit)
        periodic.register("positions.expire", domain.expire_positions, every=timedelta(minutes=1))
        minute = timedelta(minutes=1)
        periodic.register("positions.complete_index", indexing.complete_index, every=minute, apart=True)
        warming.register("search", searching.warm)
        register_kind("position_submitted", _("%(company)s submitted “%(position)s” for review."))
        register_kind("position_published", _("“%(position)s” is published."))
        register_kind("position_sent_back", _("“%(position)s” was sent back: %(reason)s"))
        register_kind("position_taken_down", _("“%(position)s” was taken down: %(reason)s"))
        register_kind("positions_claimed", _("%(number)s imported positions now belong to %(company)s."))
        register_kind("position_expired", _("“%(position)s” is no longer valid."), mail=False)
        nav.register(["anonymous", "student"], _("Positions"), "positions:search", icon="briefcase", order=20)
        nav.register("recruiter", _("Positions"), "positions:list", icon="briefcase", order=20)
        nav.register("staff", _("Positions"), "positions:staff_list", icon="briefcase", order=30)
        nav.register("operator", _("Positions"), "positions:staff_list", icon="briefcase", order=30)
