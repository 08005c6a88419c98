from datetime import timedelta

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People who sign in, and what they are."""

    name = "backend.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Send account mail from the outbox; drop counters whose window is over; name the pages."""
        from django.utils.translation import gettext_lazy as _

        from backend.accounts import limits, mail
        from backend.common import forgetting, outbox, periodic
        from backend.web import nav

        outbox.register(mail.TOPIC, mail.send)
        periodic.register("accounts.forget_ended_counters", limits.forget_ended, every=timedelta(hours=1))
        periodic.register("accounts.forget_personal_data", forgetting.purge, every=timedelta(hours=6))
        roles = ["anonymous", "student", "recruiter", "staff", "operator"]
        nav.register(roles, _("My account"), "accounts:account", icon="user", order=90, section="account")
        nav.register(["recruiter", "staff", "operator"], _("Team"), "accounts:team", icon="users", order=80)
