from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "backend.common"
    label = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stored files go by the outbox."""
        from backend.common import files, outbox

        outbox.register(files.TOPIC, files.handle, batch=50)
