"""What people are told of fairs: each kind of notification with its sentence."""

from django.utils.translation import gettext_lazy as _

from backend.notifications.domain import register_kind
from fairs import reminder_links
from fairs.domain import reminders

MAILED = {
    "fairs.booth_approved": _("Your booth at “%(fair)s” is approved: number %(label)s."),
    "fairs.booth_refused": _("Your booth at “%(fair)s” was refused: %(reason)s"),
    "fairs.hours_cleared": _(
        "“%(fair)s” has new times. Hours of your booth outside them no longer hold: please check them."
    ),
    "fairs.talks_hidden": _(
        "Students hide from companies now: %(count)s of their talks left the plan of “%(fair)s”."
    ),
    "fairs.result": _("%(company)s has answered after your talk at the fair."),
    "fairs.answer_due": _("The answer to number %(number)s of your booth is due."),
    "fairs.plan_published": _("The timetable of talks at “%(fair)s” is ready."),
    "fairs.plan_changed": _("Your timetable for “%(fair)s” has changed."),
    "fairs.plan_withdrawn": _("The timetable of talks at “%(fair)s” was taken back: a new one follows."),
    "fairs.answer_overdue": _(
        "Number %(number)s of “%(fair)s” has waited two days too long for your company's answer."
    ),
    "fairs.answer_missing": _(
        "%(company)s has not answered number %(number)s of “%(fair)s”, four days after the answer was due."
    ),
    "fairs.stand_in": _("You stand in at booth %(label)s of “%(fair)s” today."),
    "fairs.reported": _("Somebody at “%(fair)s” was reported: please decide."),
    "fairs.report_decided": _("Your report at “%(fair)s” is decided."),
}
# What matters at that moment alone: nobody reads of it in a letter in time.
SHOWN = {
    "fairs.line_closed": _(
        "“%(fair)s” is over, and your lines ended with it. You can still apply to every position."
    ),
    "fairs.window_closed": _(
        "“%(fair)s” is closed for now, and your lines ended with it. It goes on at %(time)s."
    ),
    "fairs.talk_lost": _(
        "“%(fair)s” was paused when you were to talk with %(company)s at %(time)s. Join its line when the fair goes on."
    ),
    "fairs.talk_lost_here": _(
        "“%(fair)s” was paused at %(time)s: talks planned at your booth did not take place. The students were told."
    ),
    "fairs.away_warning": _(
        "You stay away from the line of %(company)s for long: come back within two minutes, or your place is lost."
    ),
    "fairs.away_over": _("You stayed away too long: your place at %(company)s is lost."),
    "fairs.booth_closed": _("The booth of %(company)s has closed, and its line ended."),
    "fairs.handover": _(
        "%(company)s asks you to go on at booth %(label)s: your place comes with you if you agree."
    ),
    "fairs.meeting_handed": _("You go on with the talk of number %(number)s."),
    "fairs.question_answered": _("%(company)s has answered your question."),
    "fairs.may_not_write": _("You may not write at “%(fair)s” at the moment: %(reason)s"),
    "fairs.may_write_again": _("You may write at “%(fair)s” again."),
    "fairs.line_ended_early": _("The line of %(company)s ended early. You can still apply to its positions."),
}


def register() -> None:
    """Declare them all; called once, when the app is ready."""
    for kind, sentence in MAILED.items():
        register_kind(kind, sentence)
    for kind, sentence in SHOWN.items():
        register_kind(kind, sentence, mail=False)
    register_kind(
        "fairs.reminder_company",
        _("“%(fair)s” begins on %(time)s. Your booth: %(missing)s."),
        words=reminders.words_of_company,
    )
    register_kind(
        "fairs.reminder_student",
        _("“%(fair)s” begins on %(time)s: %(address)s. %(talks)s %(place)s."),
        words=reminders.words_of_student,
        ways_out=reminder_links.of_reminder,
    )
