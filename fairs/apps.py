from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

REPORTS = {
    "fairs.reported": _("Somebody at “%(fair)s” was reported: please decide."),
    "fairs.report_decided": _("Your report at “%(fair)s” is decided."),
}


class FairsConfig(AppConfig):
    """The live fair: hangs its digest, clocks, sentences and doorbell where they are called."""

    name = "fairs"
    label = "fairs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register outbox topic, periodic work, notification kinds, whom a line opens, and the doorbell."""
        from backend.accounts.hooks import register_leaving
        from backend.common import outbox, periodic
        from backend.notifications.domain import register_kind
        from backend.positions import indexing
        from backend.positions.interfaces import filters
        from backend.students.queries import register_reach
        from backend.web import nav
        from fairs import plans, queries, reminder_links, searching
        from fairs.domain import (
            booth,
            digest,
            escalation,
            invitation,
            journal,
            meeting,
            plan,
            reminders,
            timetable,
            upkeep,
            windows,
        )
        from fairs.realtime import doorbell

        # A short lease: a digest told twice does no harm, and one that a killed worker held must not be missed for long.
        outbox.register(digest.TOPIC, digest.publish, batch=500, lease=timedelta(seconds=10))
        periodic.register("fairs.planned_talks", timetable.begin_due, every=timedelta(seconds=2))
        periodic.register("fairs.reminders", reminders.send_due, every=timedelta(minutes=5))
        periodic.register("fairs.hidden", upkeep.drop_hidden, every=timedelta(minutes=1))
        periodic.register("fairs.lost_in_pause", upkeep.tell_lost, every=timedelta(seconds=30))
        periodic.register("fairs.windows", windows.end_lines, every=timedelta(seconds=5))
        periodic.register("fairs.by_clock", windows.follow_clock, every=timedelta(seconds=5))
        periodic.register("fairs.invitations", invitation.expire_invitations, every=timedelta(seconds=10))
        periodic.register("fairs.answers_due", escalation.escalate, every=timedelta(minutes=10))
        periodic.register("fairs.forget_old", journal.forget_old, every=timedelta(hours=1))
        register_kind("fairs.booth_approved", _("Your booth at “%(fair)s” is approved: number %(label)s."))
        register_kind("fairs.booth_refused", _("Your booth at “%(fair)s” was refused: %(reason)s"))
        register_kind(
            "fairs.line_closed",
            _("“%(fair)s” is over, and your lines ended with it. You can still apply to every position."),
            mail=False,
        )
        register_kind(
            "fairs.window_closed",
            _("“%(fair)s” is closed for now, and your lines ended with it. It goes on at %(time)s."),
            mail=False,
        )
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
        register_kind(
            "fairs.talks_hidden",
            _("Students hide from companies now: %(count)s of their talks left the plan of “%(fair)s”."),
        )
        register_kind(
            "fairs.talk_lost",
            _(
                "“%(fair)s” was paused when you were to talk with %(company)s at %(time)s. Join its line when the fair goes on."
            ),
            mail=False,
        )
        register_kind(
            "fairs.talk_lost_here",
            _(
                "“%(fair)s” was paused at %(time)s: talks planned at your booth did not take place. The students were told."
            ),
            mail=False,
        )
        register_kind("fairs.result", _("%(company)s has answered after your talk at the fair."))
        register_kind("fairs.answer_due", _("The answer to number %(number)s of your booth is due."))
        register_kind("fairs.plan_published", _("The timetable of talks at “%(fair)s” is ready."))
        register_kind("fairs.plan_changed", _("Your timetable for “%(fair)s” has changed."))
        register_kind(
            "fairs.plan_withdrawn",
            _("The timetable of talks at “%(fair)s” was taken back: a new one follows."),
        )
        for kind, said in REPORTS.items():
            register_kind(kind, said)
        register_leaving("fairs.invitations", invitation.forget_visitor, order=8)
        register_leaving("fairs", meeting.end_visitor, order=10)
        register_leaving("fairs.plan", plan.forget_visitor, order=9)
        booth.refused.append(plan.forget_booth)
        register_reach("fairs", queries.students_met_by)
        register_reach("fairs.plan", plans.published_for)
        indexing.set_fair_ids(searching.fair_ids_of)
        filters.set_fairs(searching.fairs_to_choose)
        nav.register(
            ["anonymous", "student", "staff", "operator"], _("Fairs"), "fairs:list", icon="calendar", order=30
        )
        nav.register("recruiter", _("Fairs"), "fairs:list", icon="calendar", order=40)
        nav.register("recruiter", _("Our booths"), "fairs:booths_mine", icon="users", order=45)
        journal.bells.append(doorbell.ring)
        self._watch_lines()
        self._control_room()

    def _watch_lines(self) -> None:
        """Periodic work of the lines, and what their students are told of it."""
        from backend.common import periodic
        from backend.notifications.domain import register_kind
        from fairs.domain import line, steps

        periodic.register("fairs.expire_calls", line.expire_calls, every=timedelta(seconds=1))
        periodic.register("fairs.steps_away", steps.watch, every=timedelta(seconds=10))
        register_kind(
            "fairs.away_warning",
            _(
                "You stay away from the line of %(company)s for long: come back within two minutes, or your place is lost."
            ),
            mail=False,
        )
        register_kind(
            "fairs.away_over", _("You stayed away too long: your place at %(company)s is lost."), mail=False
        )
        register_kind(
            "fairs.booth_closed", _("The booth of %(company)s has closed, and its line ended."), mail=False
        )
        register_kind(
            "fairs.handover",
            _("%(company)s asks you to go on at booth %(label)s: your place comes with you if you agree."),
            mail=False,
        )
        register_kind("fairs.meeting_handed", _("You go on with the talk of number %(number)s."), mail=False)

    def _control_room(self) -> None:
        """What staff do while a fair runs, and what nobody may be left waiting for."""
        from backend.common import periodic
        from backend.notifications.domain import register_kind
        from fairs import control

        periodic.register("fairs.samples", control.sample_fairs, every=timedelta(minutes=1))
        register_kind(
            "fairs.answer_overdue",
            _("Number %(number)s of “%(fair)s” has waited two days too long for your company's answer."),
        )
        register_kind(
            "fairs.answer_missing",
            _(
                "%(company)s has not answered number %(number)s of “%(fair)s”, four days after the answer was due."
            ),
        )
        register_kind("fairs.question_answered", _("%(company)s has answered your question."), mail=False)
        register_kind(
            "fairs.may_not_write", _("You may not write at “%(fair)s” at the moment: %(reason)s"), mail=False
        )
        register_kind("fairs.may_write_again", _("You may write at “%(fair)s” again."), mail=False)
        register_kind("fairs.stand_in", _("You stand in at booth %(label)s of “%(fair)s” today."))
        register_kind(
            "fairs.line_ended_early",
            _("The line of %(company)s ended early. You can still apply to its positions."),
            mail=False,
        )
