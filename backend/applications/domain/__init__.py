"""Everything that can happen to an application."""

from backend.applications.domain.answering import (
    add_note,
    bulk_move,
    move_application,
    open_application,
    rate,
)
from backend.applications.domain.applying import apply, check_eligibility, end_applicant, withdraw
from backend.applications.domain.interviews import book_slot, cancel_booking, close_slot, open_slots
from backend.applications.domain.offers import accept_offer, make_offer, refuse_offer
from backend.applications.domain.reminders import remind_due

__all__ = [
    "accept_offer",
    "add_note",
    "apply",
    "book_slot",
    "bulk_move",
    "cancel_booking",
    "check_eligibility",
    "close_slot",
    "end_applicant",
    "make_offer",
    "move_application",
    "open_application",
    "open_slots",
    "rate",
    "refuse_offer",
    "remind_due",
    "withdraw",
]
