from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompaniesConfig(AppConfig):
    name = "backend.companies"
    label = "companies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare notifications and the daily look at expiring vettings."""
        from backend.common import periodic
        from backend.companies import domain
        from backend.notifications.domain import register_kind
        from backend.schools import hooks
        from backend.web import home, nav

        register_kind("company_submitted", _("%(company)s waits for vetting."))
        register_kind(
            "company_verified", _("%(company)s is verified until %(day)s. Your positions can be published.")
        )
        register_kind("company_rejected", _("%(company)s was sent back: %(reason)s"))
        register_kind("company_suspended", _("%(company)s was suspended: %(reason)s"))
        register_kind(
            "company_expiring", _("The vetting of %(company)s ends on %(day)s. Upload a current licence.")
        )
        register_kind("company_expired", _("The vetting of %(company)s has ended and waits for a new check."))
        if domain.circle_changed not in hooks.circle_changed:
            hooks.circle_changed.append(domain.circle_changed)
        periodic.register("companies.announce_expiring", domain.announce_expiring, every=timedelta(hours=1))
        periodic.register("companies.expire_vettings", domain.expire_vettings, every=timedelta(minutes=1))
        home.register("recruiter", "companies:home")
        nav.register("recruiter", _("Company"), "companies:home", icon="building", order=10)
        nav.register(["staff", "operator"], _("Vetting"), "companies:staff_list", icon="building", order=20)
