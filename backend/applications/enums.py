"""Stages of an application and the table of what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationStatus(models.TextChoices):
    """Stages of an application (投递)."""

    NEW = "new", _("Sent")
    VIEWED = "viewed", _("Viewed")
    SHORTLISTED = "shortlisted", _("Shortlisted")
    INTERVIEW = "interview", _("Interview")
    OFFER = "offer", _("Offer")
    HIRED = "hired", _("Hired")
    DECLINED = "declined", _("Declined by the company")
    REFUSED = "refused", _("Offer refused by the student")
    WITHDRAWN = "withdrawn", _("Withdrawn")


S = ApplicationStatus
LIVE = [S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW, S.OFFER, S.HIRED]
TRANSITIONS = {
    S.NEW: frozenset({S.VIEWED, S.SHORTLISTED, S.DECLINED, S.WITHDRAWN}),
    S.VIEWED: frozenset({S.SHORTLISTED, S.INTERVIEW, S.DECLINED, S.WITHDRAWN}),
    S.SHORTLISTED: frozenset({S.INTERVIEW, S.OFFER, S.DECLINED, S.WITHDRAWN}),
    S.INTERVIEW: frozenset({S.OFFER, S.DECLINED, S.WITHDRAWN}),
    S.OFFER: frozenset({S.HIRED, S.REFUSED, S.DECLINED, S.WITHDRAWN}),
    S.HIRED: frozenset(),
    S.DECLINED: frozenset(),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}

STUDENT_STEPS = frozenset({S.WITHDRAWN, S.HIRED, S.REFUSED})
"""Steps only the student takes; every other one is the company's, and an offer is made by `make_offer`."""
COMPANY_STEPS = frozenset({S.VIEWED, S.SHORTLISTED, S.INTERVIEW, S.DECLINED})
BEFORE_INTERVIEW = frozenset({S.NEW, S.VIEWED, S.SHORTLISTED})
"""Nobody can have booked an interview yet."""
WAITING_FOR_COMPANY = [S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW]
WAITING_FOR_STUDENT = [S.OFFER]
OPEN = [*WAITING_FOR_COMPANY, *WAITING_FOR_STUDENT]
TONES = {
    S.NEW: "info",
    S.VIEWED: "info",
    S.SHORTLISTED: "accent",
    S.INTERVIEW: "primary",
    S.OFFER: "warning",
    S.HIRED: "success",
    S.DECLINED: "neutral",
    S.REFUSED: "neutral",
    S.WITHDRAWN: "neutral",
}
"""Colour of each stage."""
