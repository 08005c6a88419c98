"""A booked interview as a calendar file."""

from backend.applications.models import InterviewSlot
from backend.common.calendars import Entry, write_calendar


def calendar_file(slot: InterviewSlot, *, address: str) -> bytes:
    """The booked time as text/calendar."""
    summary = f"{slot.position.company.name} · {slot.position.title}"
    entry = Entry(
        f"interview-{slot.pk}@fairway", slot.updated_at, slot.starts_at, slot.ends_at, summary, slot.place
    )
    return write_calendar("Interviews", [entry], address=address)
