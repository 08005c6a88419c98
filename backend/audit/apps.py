from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what, when."""

    name = "backend.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Accounts stands below this app and is handed the pen."""
        from backend.accounts import hooks
        from backend.audit.domain import record

        hooks.set_recorder(record)
