"""JSON routes of matches."""

from django.urls import path

from backend.recommendations.interfaces import api, api_sides

urlpatterns = [
    path("matches/", api.MatchView.as_view(), name="api-matches"),
    path("matches/compare/", api.CompareView.as_view(), name="api-compare"),
    path("matches/personalisation/", api.PersonalisationView.as_view(), name="api-personalisation"),
    path("matches/unnoticed/", api_sides.UnnoticedView.as_view(), name="api-unnoticed"),
    path("matches/unnoticed/<int:pk>/hint/", api_sides.HintView.as_view(), name="api-hint"),
    path("matches/audits/<slug:kind>/", api_sides.AuditView.as_view(), name="api-audit"),
    path("matches/models/", api_sides.ModelView.as_view(), name="api-models"),
    path("matches/grading/", api_sides.RoundsView.as_view(), name="api-rounds"),
    path("matches/grading/<int:pk>/", api_sides.RoundView.as_view(), name="api-round"),
    path("matches/grading/pairs/<int:pk>/", api_sides.GradeView.as_view(), name="api-grade"),
    path("matches/positions/<int:pk>/students/", api_sides.FittingView.as_view(), name="api-students"),
    path(
        "matches/positions/<int:pk>/students/<int:student>/hint/",
        api_sides.HintStudentView.as_view(),
        name="api-hint-student",
    ),
    path("matches/<int:pk>/", api.MatchDetailView.as_view(), name="api-match"),
    path("interactions/", api.InteractionsView.as_view(), name="api-interactions"),
    path("interactions/<int:pk>/<slug:kind>/", api.InteractionUndoView.as_view(), name="api-interaction"),
]
