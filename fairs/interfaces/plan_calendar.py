"""A student's timetable as a calendar file."""

from collections.abc import Sequence

from backend.common.calendars import Entry, write_calendar
from fairs.models import PlannedTalk


def calendar_file(talks: Sequence[PlannedTalk], *, address: str) -> bytes:
    """The planned talks as text/calendar."""
    return write_calendar("Timetable", map(_entry, talks), address=address)


def _entry(talk: PlannedTalk) -> Entry:
    place = [talk.booth.label, talk.booth.zone, talk.plan.fair.address]
    return Entry(
        uid=f"planned-talk-{talk.pk}@fairway",
        stamp=talk.updated_at,
        starts_at=talk.starts_at,
        ends_at=talk.ends_at,
        summary=f"{talk.booth.company.name} · {talk.plan.fair.name}",
        place=" ".join(part for part in place if part),
    )
