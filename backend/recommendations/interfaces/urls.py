"""Pages of matches."""

from django.urls import path

from backend.recommendations.interfaces import grading, recruiter, staff, views

app_name = "recommendations"
urlpatterns = [
    path("matches/", views.matches, name="matches"),
    path("matches/saved/", views.saved, name="saved"),
    path("matches/hidden/", views.hidden, name="hidden"),
    path("matches/compare/", views.compare, name="compare"),
    path("matches/personalisation/", views.personalisation, name="personalisation"),
    path("matches/<int:pk>/", views.why, name="why"),
    path("positions/<int:pk>/interest/", views.interest, name="interest"),
    path("company/positions/<int:pk>/students/", recruiter.fitting_students, name="students"),
    path("company/positions/<int:pk>/students/<int:student>/hint/", recruiter.hint, name="hint_student"),
    path("staff/matching/", staff.unnoticed_pairs, name="unnoticed"),
    path("staff/matching/<int:pk>/hint/", staff.hint, name="hint"),
    path("staff/matching/groups/", staff.groups, name="groups"),
    path("staff/matching/reach/", staff.reach, name="reach"),
    path("staff/matching/models/", staff.models, name="models"),
    path("staff/matching/grading/", grading.grading, name="grading"),
    path("staff/matching/grading/draw/", grading.draw, name="draw"),
    path("staff/matching/grading/<int:pk>/", grading.grading_round, name="round"),
    path("staff/matching/grading/<int:pk>/export/", grading.export, name="grading_export"),
    path("staff/matching/grading/<int:pk>/pairs/<int:pair>/", grading.grade, name="grade"),
]
