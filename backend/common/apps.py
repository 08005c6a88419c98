from datetime import timedelta

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "backend.common"
    label = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stored files go by the outbox; what may take long is delivered apart."""
        from backend.common import files, outbox, periodic

        outbox.register(files.TOPIC, files.handle, batch=50)
        periodic.register("outbox.apart", outbox.run_apart, every=timedelta(seconds=2), apart=True)
