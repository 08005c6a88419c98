"""An interview as a calendar file."""

from icalendar import Calendar, Event

from backend.applications.models import InterviewSlot


def calendar_file(slot: InterviewSlot, *, address: str) -> bytes:
    """The booked time as text/calendar (RFC 5545); the slot keeps its uid, so a second import updates it."""
    event = Event()
    event.add("uid", f"interview-{slot.pk}@fairway")
    event.add("dtstamp", slot.updated_at)
    event.add("dtstart", slot.starts_at)
    event.add("dtend", slot.ends_at)
    event.add("summary", f"{slot.position.company.name} · {slot.position.title}")
    event.add("location", slot.place)
    event.add("url", address)
    calendar = Calendar()
    calendar.add("prodid", "-//Fairway//Interviews//ZH")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical()
