"""What fits whom, what was shown, and what the ranker learns from it."""

from backend.recommendations.catalogue import with_profile
from backend.recommendations.interest import sides_with
from backend.recommendations.queries.company import applicant_fits, applicants_by_fit, at_booth
from backend.recommendations.queries.fair import fits_at_booth, mutual_at_booths
from backend.recommendations.queries.grading import comparison, rounds_visible_to, to_grade
from backend.recommendations.queries.hall import BoothFit, booths_by_fit
from backend.recommendations.queries.lessons import showings
from backend.recommendations.queries.recruiter import students_for
from backend.recommendations.queries.searched import SearchOrder
from backend.recommendations.queries.side_by_side import fits_of
from backend.recommendations.queries.staff import audit_of, model_cards, runs, unnoticed
from backend.recommendations.queries.student import (
    MatchList,
    Shown,
    answers_of,
    compare_for,
    detail_for,
    last_showing,
    matches_for,
    saved_positions,
    student_of,
    unwanted_for,
)
from backend.recommendations.queries.words import Line, against, points, reasons_for, sentences
from backend.recommendations.serving import Standing, plain_positions, standing

__all__ = [
    "BoothFit",
    "Line",
    "MatchList",
    "SearchOrder",
    "Shown",
    "Standing",
    "against",
    "answers_of",
    "applicant_fits",
    "applicants_by_fit",
    "at_booth",
    "audit_of",
    "booths_by_fit",
    "compare_for",
    "comparison",
    "detail_for",
    "fits_at_booth",
    "fits_of",
    "last_showing",
    "matches_for",
    "model_cards",
    "mutual_at_booths",
    "plain_positions",
    "points",
    "reasons_for",
    "rounds_visible_to",
    "runs",
    "saved_positions",
    "sentences",
    "showings",
    "sides_with",
    "standing",
    "student_of",
    "students_for",
    "to_grade",
    "unnoticed",
    "unwanted_for",
    "with_profile",
]
