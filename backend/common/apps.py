from datetime import timedelta

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "backend.common"
    label = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stored files go by the outbox; what may take long is delivered apart; tables are looked over now and then."""
        from backend.common import files, outbox, periodic, planning

        outbox.register(files.TOPIC, files.handle, batch=50)
        periodic.register("outbox.apart", outbox.run_apart, every=timedelta(seconds=2), apart=True)
        periodic.register("common.look_over_tables", planning.look_over_tables, every=timedelta(hours=1))
