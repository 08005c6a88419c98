from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Brings the system checks of the deployment."""

    name = "backend.config"
    label = "config"

    def ready(self) -> None:
        """Register the checks."""
        from backend.config import checks  # noqa: F401
