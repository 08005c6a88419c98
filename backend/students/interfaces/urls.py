"""Pages of students (under /me/) and about students (under /students/)."""

from django.urls import path

from backend.students.interfaces import levels, own, views

app_name = "students"
urlpatterns = [
    path("me/", own.home, name="home"),
    path("me/claim/", own.claim, name="claim"),
    path("me/register/", own.register, name="register"),
    path("me/profile/", own.profile, name="profile"),
    path("me/experiences/new/", own.experience, name="new_experience"),
    path("me/experiences/<int:pk>/", own.experience, name="experience"),
    path("me/experiences/<int:pk>/remove/", own.remove_experience, name="remove_experience"),
    path("me/resumes/", own.resumes, name="resumes"),
    path("me/resumes/generate/", own.generate_resume, name="generate_resume"),
    path("me/resumes/<int:pk>/remove/", own.remove_resume, name="remove_resume"),
    path("me/visibility/", own.visibility, name="visibility"),
    path("me/consents/", own.grants, name="grants"),
    path("me/consents/<int:pk>/revoke/", own.revoke_grant, name="revoke_grant"),
    path("me/seen/", own.seen, name="seen"),
    path("resumes/<int:pk>/", own.open_resume, name="resume"),
    path("skills/levels/", levels.levels, name="levels"),
    path("students/", views.students, name="list"),
    path("students/export/", views.export, name="export"),
    path("students/queue/", views.queue, name="queue"),
    path("students/rosters/", views.rosters, name="rosters"),
    path("students/rosters/template/", views.roster_template, name="roster_template"),
    path("students/rosters/<int:pk>/", views.roster, name="roster"),
    path("students/rosters/<int:pk>/decide/", views.decide_roster, name="decide_roster"),
    path("students/rosters/<int:pk>/problems/", views.roster_problems, name="roster_problems"),
    path("students/<int:pk>/", views.student, name="student"),
    path("students/<int:pk>/decide/", views.decide, name="decide"),
]
