"""What can happen to students, their profile, resumes, consents and the roster."""

from backend.students.domain.account import departing, end_student
from backend.students.domain.claim import (
    claim_place,
    confirm_student,
    count_attempt,
    refuse_student,
    register_student,
    resubmit,
)
from backend.students.domain.grants import give_grant, record_profile_view, revoke_grant
from backend.students.domain.profile import (
    remove_experience,
    save_experience,
    set_visibility,
    update_profile,
)
from backend.students.domain.resumes import generate_resume, remove_resume, upload_resume
from backend.students.domain.roster import confirm_roster, drop_roster, upload_roster

__all__ = [
    "claim_place",
    "confirm_roster",
    "confirm_student",
    "count_attempt",
    "departing",
    "drop_roster",
    "end_student",
    "generate_resume",
    "give_grant",
    "record_profile_view",
    "refuse_student",
    "register_student",
    "remove_experience",
    "remove_resume",
    "resubmit",
    "revoke_grant",
    "save_experience",
    "set_visibility",
    "update_profile",
    "upload_resume",
    "upload_roster",
]
