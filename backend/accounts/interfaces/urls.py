"""Pages of the person's own account, the team, and invitations."""

app_name = "accounts"
urlpatterns: list = []
