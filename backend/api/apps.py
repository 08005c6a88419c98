from datetime import timedelta

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The shared edge of the JSON interface."""

    name = "backend.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have old idempotency keys dropped."""
        from backend.api.idempotency import forget_old_keys
        from backend.common import periodic

        periodic.register("api.forget_old_keys", forget_old_keys, every=timedelta(hours=1))
