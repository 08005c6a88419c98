"""What can happen to matches: shown, answered, trained on, audited, hinted at, graded."""

from backend.recommendations.domain.audits import refresh_audits
from backend.recommendations.domain.digest import send_digests
from backend.recommendations.domain.export import export_interactions
from backend.recommendations.domain.grading import draw_round, grade_pair
from backend.recommendations.domain.pairs import hint_pair, hint_student, refresh_pairs
from backend.recommendations.domain.recording import (
    application_sent,
    interact,
    record_impressions,
    record_places,
    record_talk,
    record_view,
    set_personalised,
    undo,
)
from backend.recommendations.domain.retention import forget_old
from backend.recommendations.domain.training import roll_back, start_nightly, train_ranker

__all__ = [
    "application_sent",
    "draw_round",
    "export_interactions",
    "forget_old",
    "grade_pair",
    "hint_pair",
    "hint_student",
    "interact",
    "record_impressions",
    "record_places",
    "record_talk",
    "record_view",
    "refresh_audits",
    "refresh_pairs",
    "roll_back",
    "send_digests",
    "set_personalised",
    "start_nightly",
    "train_ranker",
    "undo",
]
