from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    name = "backend.insights"
    label = "insights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand in the staff's navigation and be their home."""
        from backend.insights.interfaces.home import staff_home
        from backend.web import home, nav

        for role in ("staff", "operator"):
            home.register(role, staff_home)
        nav.register(["staff", "operator"], _("Demand and supply"), "insights:ratio", icon="chart", order=10)
