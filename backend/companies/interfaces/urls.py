"""Addresses of company pages."""

from django.urls import path

from backend.companies.interfaces import views

app_name = "companies"
urlpatterns = [
    path("company/", views.home, name="home"),
    path("company/register/", views.register, name="register"),
    path("company/profile/", views.profile, name="profile"),
    path("company/licence/", views.licence, name="licence"),
    path("company/submit/", views.submit, name="submit"),
    path("company/divisions/", views.divisions, name="divisions"),
    path("company/divisions/<int:pk>/remove/", views.division_remove, name="division_remove"),
    path("company/evidence/<int:pk>/", views.evidence_file, name="evidence"),
    path("companies/<int:pk>/", views.public, name="public"),
    path("staff/companies/", views.staff_list, name="staff_list"),
    path("staff/companies/<int:pk>/", views.staff_detail, name="staff_detail"),
]
