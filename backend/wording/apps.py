from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WordingConfig(AppConfig):
    name = "backend.wording"
    label = "wording"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Write down what is searched for in processes that serve, forget it after a while, declare navigation."""
        from backend.common import periodic, warming
        from backend.web import nav
        from backend.wording.domain import tallies

        warming.register("search tallies", tallies.start_thread)
        periodic.register("wording.forget", tallies.forget_old, every=timedelta(hours=6))
        nav.register(["staff", "operator"], _("Search"), "wording:missed", icon="search", order=35)
