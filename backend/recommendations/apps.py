from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "backend.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of applications; train at night, forget what is old; stand on pages and in the navigation."""
        from backend.applications import fits, hooks
        from backend.common import periodic, warming
        from backend.notifications.domain import register_kind
        from backend.positions import comparing, panels, personal
        from backend.recommendations import domain, serving
        from backend.recommendations.interfaces.panels import position_panel, student_home
        from backend.recommendations.interfaces.searching import search_reader
        from backend.recommendations.queries import applicant_fits, applicants_by_fit, fits_of
        from backend.web import home, nav
        from matching.api import share_encoder
        from search import api as search

        share_encoder(lambda: search.encoder().exact if search.encoder() else None)
        if domain.application_sent not in hooks.applied:
            hooks.applied.append(domain.application_sent)
        register_kind("position_hinted", _("Your school points you to “%(position)s” of %(company)s."))
        periodic.register("recommendations.train", domain.start_nightly, every=timedelta(minutes=10))
        register_kind("matches_new", _("New positions that fit you: %(positions)s."))
        hour = timedelta(hours=1)
        periodic.register("recommendations.digest", domain.send_digests, every=hour, apart=True)
        periodic.register("recommendations.forget_old", domain.forget_old, every=timedelta(hours=6))
        warming.register(serving.WARMING, serving.warm)
        panels.register(position_panel, order=20)
        comparing.set_fits(fits_of)
        fits.register(tell=applicant_fits, order=applicants_by_fit)
        personal.register(reader=search_reader)
        home.register("student", student_home)
        nav.register("student", _("My matches"), "recommendations:matches", icon="star", order=15)
        nav.register("student", _("Saved positions"), "recommendations:saved", icon="flag", section="account")
        nav.register("staff", _("Unnoticed pairs"), "recommendations:unnoticed", icon="handshake", order=70)
