"""What can happen to people who sign in, cut along nouns."""

from backend.accounts.domain.invitation import (
    accept_invitation,
    invite_person,
    register_invited,
    revoke_invitation,
)
from backend.accounts.domain.membership import (
    end_membership,
    join_membership,
    leave_team,
    set_owner,
    what_holds,
)
from backend.accounts.domain.person import (
    change_profile,
    create_user,
    erase_account,
    export_account,
    export_files,
)
from backend.accounts.domain.sessions import end_other_sessions, end_session
from backend.accounts.domain.token import create_token, revoke_token

__all__ = [
    "accept_invitation",
    "change_profile",
    "create_token",
    "create_user",
    "end_membership",
    "end_other_sessions",
    "end_session",
    "erase_account",
    "export_account",
    "export_files",
    "invite_person",
    "join_membership",
    "leave_team",
    "register_invited",
    "revoke_invitation",
    "revoke_token",
    "set_owner",
    "what_holds",
]
