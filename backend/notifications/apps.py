from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """What people are told, in the product and by mail."""

    name = "backend.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Mail from the outbox; the bell of every page; the list of what could not be delivered."""
        from django.utils.translation import gettext_lazy as _

        from backend.common import outbox
        from backend.notifications import delivery, domain, queries
        from backend.web import context, nav

        outbox.register(domain.MAIL_TOPIC, delivery.mail, school_of=queries.school_of_reader)
        context.register_unread(queries.unread_count, "notifications:list")
        nav.register(
            ["staff", "operator"],
            _("Undelivered"),
            "notifications:deliveries",
            icon="warning",
            order=92,
            section="account",
        )
