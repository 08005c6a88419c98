from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudentsConfig(AppConfig):
    name = "backend.students"
    label = "students"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare notifications, and what ends with a student."""
        from backend.accounts.hooks import register_leaving
        from backend.notifications.domain import register_kind
        from backend.students.domain import end_student
        from backend.web import home, nav

        register_kind("student_waiting", _("%(student)s registered and waits for your confirmation."))
        register_kind(
            "student_confirmed", _("Your school has confirmed you. Companies can be applied to now.")
        )
        register_kind("student_refused", _("Your school could not confirm you: %(reason)s"))
        register_kind(
            "grant_revoked", _("A student took a consent back; what it disclosed is closed."), mail=False
        )
        register_leaving("students", end_student, order=90)
        nav.register(
            "anonymous", _("I am a student"), "students:claim", icon="user", order=80, section="account"
        )
        nav.register("student", _("My profile"), "students:home", icon="user", order=60)
        nav.register("student", _("Resumes"), "students:resumes", icon="document", order=61)
        nav.register(
            "student", _("Visibility"), "students:visibility", icon="eye", order=62, section="account"
        )
        nav.register("student", _("Consents"), "students:grants", icon="shield", order=63, section="account")
        nav.register("student", _("Who saw me"), "students:seen", icon="users", order=64)
        nav.register("staff", _("Students"), "students:list", icon="users", order=40)
        nav.register("staff", _("Confirmations"), "students:queue", icon="check", order=41)
        nav.register("staff", _("Rosters"), "students:rosters", icon="upload", order=42)
        home.register("student", "students:home")
