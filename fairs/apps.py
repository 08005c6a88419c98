from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FairsConfig(AppConfig):
    """The live fair: hangs its digest, clocks, sentences and doorbell where they are called."""

    name = "fairs"
    label = "fairs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register outbox topic and periodic work, what people are told, whom a line opens, and the doorbell."""
        from backend.positions import indexing
        from backend.positions.interfaces import filters
        from backend.students.queries import register_reach
        from fairs import notices, plans, queries, searching
        from fairs.domain import booth, journal, plan
        from fairs.realtime import doorbell

        self._work()
        self._leaving()
        self._navigation()
        notices.register()
        booth.refused.append(plan.forget_booth)
        register_reach("fairs", queries.students_met_by)
        register_reach("fairs.plan", plans.published_for)
        indexing.set_fair_ids(searching.fair_ids_of)
        filters.set_fairs(searching.fairs_to_choose)
        journal.bells.append(doorbell.ring)

    def _work(self) -> None:
        """What the worker does by itself, and how often."""
        from backend.common import outbox, periodic
        from fairs import control
        from fairs.domain import (
            digest,
            escalation,
            group_end,
            invitation,
            journal,
            line,
            reminders,
            steps,
            timetable,
            upkeep,
            windows,
        )

        # A short lease: a digest told twice does no harm, and one that a killed worker held must not be missed for long.
        outbox.register(digest.TOPIC, digest.publish, batch=500, lease=timedelta(seconds=10))
        for name, work, every in (
            ("expire_calls", line.expire_calls, timedelta(seconds=1)),
            ("planned_talks", timetable.begin_due, timedelta(seconds=2)),
            ("windows", windows.end_lines, timedelta(seconds=5)),
            ("by_clock", windows.follow_clock, timedelta(seconds=5)),
            ("groups_left", group_end.end_left, timedelta(seconds=30)),
            ("steps_away", steps.watch, timedelta(seconds=10)),
            ("invitations", invitation.expire_invitations, timedelta(seconds=10)),
            ("lost_in_pause", upkeep.tell_lost, timedelta(seconds=30)),
            ("hidden", upkeep.drop_hidden, timedelta(minutes=1)),
            ("samples", control.sample_fairs, timedelta(minutes=1)),
            ("reminders", reminders.send_due, timedelta(minutes=5)),
            ("answers_due", escalation.escalate, timedelta(minutes=10)),
            ("forget_old", journal.forget_old, timedelta(hours=1)),
        ):
            periodic.register(f"fairs.{name}", work, every=every)

    def _leaving(self) -> None:
        """Whoever erases the account leaves everything at fairs first, invitations before plans before lines."""
        from backend.accounts.hooks import register_leaving
        from fairs.domain import invitation, meeting, plan

        register_leaving("fairs.invitations", invitation.forget_visitor, order=8)
        register_leaving("fairs.plan", plan.forget_visitor, order=9)
        register_leaving("fairs", meeting.end_visitor, order=10)

    def _navigation(self) -> None:
        """Where each role finds the fairs."""
        from backend.web import nav

        nav.register(["anonymous", "student"], _("Fairs"), "fairs:list", icon="calendar", order=30)
        runs = {"icon": "calendar", "order": 30, "under": "/staff/fairs/"}
        nav.register(["staff", "operator"], _("Fairs"), "fairs:list", **runs)
        nav.register("recruiter", _("Fairs"), "fairs:list", icon="calendar", order=40)
        booths = {"icon": "users", "order": 45, "under": "/fairs/meetings/"}
        nav.register("recruiter", _("Our booths"), "fairs:booths_mine", **booths)
