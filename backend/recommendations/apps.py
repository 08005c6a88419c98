from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "backend.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of applications; stand on the position's page, in the navigation and at the student's home."""
        from backend.applications import hooks
        from backend.positions import panels
        from backend.recommendations.domain import application_sent
        from backend.recommendations.interfaces.panels import position_panel, student_home
        from backend.web import home, nav

        if application_sent not in hooks.applied:
            hooks.applied.append(application_sent)
        panels.register(position_panel, order=20)
        home.register("student", student_home)
        nav.register("student", _("My matches"), "recommendations:matches", icon="star", order=15)
        nav.register("student", _("Saved positions"), "recommendations:saved", icon="flag", section="account")
