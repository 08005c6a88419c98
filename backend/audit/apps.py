from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what, when."""

    name = "backend.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Accounts stands below this app and is handed the pen."""
        from django.utils.translation import gettext_lazy as _

        from backend.accounts import hooks
        from backend.audit.domain import record
        from backend.web import nav

        hooks.set_recorder(record)
        nav.register(
            ["staff", "operator"], _("Audit trail"), "audit:trail", icon="clock", order=91, section="account"
        )
