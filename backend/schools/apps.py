from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchoolsConfig(AppConfig):
    name = "backend.schools"
    label = "schools"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer staff the page of their school, and the operator those of all."""
        from backend.web import nav

        nav.register("operator", _("Schools"), "schools:platform_schools", icon="school", order=10)
        nav.register("operator", _("Alliances"), "schools:alliances", icon="layers", order=11)
        nav.register("staff", _("School structure"), "schools:structure", icon="school", order=70)
