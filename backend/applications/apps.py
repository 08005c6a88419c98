from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# What each kind of notification says; all take position, company and student.
SENTENCES = {
    "application_new": _("%(student)s applied for “%(position)s”."),
    "application_viewed": _("%(company)s has looked at your application for “%(position)s”."),
    "application_shortlisted": _("%(company)s has shortlisted you for “%(position)s”."),
    "application_interview": _("%(company)s invites you to an interview for “%(position)s”."),
    "application_offer": _("%(company)s offers you “%(position)s”. Answer before the deadline."),
    "application_declined": _("%(company)s has declined your application for “%(position)s”."),
    "application_hired": _("%(student)s accepted your offer of “%(position)s”."),
    "application_refused": _("%(student)s refused your offer of “%(position)s”."),
    "application_withdrawn": _("%(student)s withdrew the application for “%(position)s”."),
    "interview_times": _("%(company)s offers interview times for “%(position)s”. Pick one."),
    "interview_booked": _("%(student)s picked an interview time for “%(position)s”."),
    "interview_cancelled": _("The interview for “%(position)s” (%(student)s, %(company)s) was cancelled."),
    "answer_due": _("%(student)s waits for your answer about “%(position)s”; it is due soon."),
    "offer_due": _("Your answer to the offer of “%(position)s” by %(company)s is due soon."),
}


class ApplicationsConfig(AppConfig):
    name = "backend.applications"
    label = "applications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare notifications and reminders; applying opens the profile to the company."""
        from backend.accounts.hooks import register_leaving
        from backend.applications.domain import end_applicant, remind_due
        from backend.applications.interfaces.panels import position_panel, recruiter_home
        from backend.applications.queries import applicants_of, qualification_for
        from backend.common import periodic
        from backend.notifications.domain import register_kind
        from backend.positions import panels, personal
        from backend.students.queries import register_reach
        from backend.web import home, nav

        for name, sentence in SENTENCES.items():
            register_kind(name, sentence, mail=name != "application_viewed")
        register_leaving("applications", end_applicant, order=20)
        register_reach("applications", applicants_of)
        periodic.register("applications.remind", remind_due, every=timedelta(hours=1))
        panels.register(position_panel, order=10)
        personal.register(qualification=qualification_for)
        home.register("recruiter", recruiter_home)
        nav.register("student", _("My applications"), "applications:list", icon="send", order=30)
        nav.register("recruiter", _("Applicants"), "applications:list", icon="users", order=30)
        nav.register(["staff", "operator"], _("Applications"), "applications:list", icon="send", order=60)
        nav.register(
            ["staff", "operator"], _("Overdue answers"), "applications:overdue", icon="clock", order=65
        )
