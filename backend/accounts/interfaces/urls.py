"""Pages of the person's own account, the team, and invitations."""

from django.urls import path

from backend.accounts.interfaces import team, views

app_name = "accounts"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
    path("account/export/", views.export, name="export"),
    path("account/erase/", views.erase, name="erase"),
    path("team/", team.team, name="team"),
    path("team/members/<int:membership_id>/end/", team.end_membership, name="end_membership"),
    path("team/members/<int:membership_id>/owner/", team.set_owner, name="set_owner"),
    path("team/leave/", team.leave, name="leave_team"),
    path("team/invitations/<int:invitation_id>/revoke/", team.revoke_invitation, name="revoke_invitation"),
    path("invitations/<str:token>/", team.invitation, name="invitation"),
]
