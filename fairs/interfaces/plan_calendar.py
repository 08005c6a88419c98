"""A student's timetable as a calendar file."""

from collections.abc import Sequence

from icalendar import Calendar, Event

from fairs.models import PlannedTalk


def calendar_file(talks: Sequence[PlannedTalk], *, address: str) -> bytes:
    """The planned talks as text/calendar (RFC 5545); each keeps its uid, so a second import moves it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Fairway//Timetable//ZH")
    calendar.add("version", "2.0")
    for talk in talks:
        event = Event()
        event.add("uid", f"planned-talk-{talk.pk}@fairway")
        event.add("dtstamp", talk.updated_at)
        event.add("dtstart", talk.starts_at)
        event.add("dtend", talk.ends_at)
        event.add("summary", f"{talk.booth.company.name} · {talk.plan.fair.name}")
        place = [talk.booth.label, talk.booth.zone, talk.plan.fair.address]
        event.add("location", " ".join(part for part in place if part))
        event.add("url", address)
        calendar.add_component(event)
    return calendar.to_ical()
