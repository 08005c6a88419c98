from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchoolsConfig(AppConfig):
    name = "backend.schools"
    label = "schools"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer staff the page of their school."""
        from backend.web import nav

        nav.register("staff", _("School structure"), "schools:structure", icon="school", order=70)
