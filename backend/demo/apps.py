from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The invented school to look around in."""

    name = "backend.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the sign-in page of a demo list its accounts."""
        from backend.accounts import hooks
        from backend.accounts.enums import Role
        from backend.demo import people

        hooks.set_demo_accounts(
            lambda: [
                hooks.DemoAccount(Role(one.role).label, one.email, one.password) for one in people.accounts()
            ]
        )
