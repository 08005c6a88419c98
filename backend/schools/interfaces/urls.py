"""Pages of a school's structure."""

from django.urls import path

from backend.schools.interfaces import views

app_name = "schools"
urlpatterns = [
    path("school/", views.structure, name="structure"),
    path("school/departments/new/", views.edit_department, name="new_department"),
    path("school/departments/<int:pk>/", views.department, name="department"),
    path("school/departments/<int:pk>/edit/", views.edit_department, name="edit_department"),
    path("school/majors/new/", views.edit_major, name="new_major"),
    path("school/majors/<int:pk>/edit/", views.edit_major, name="edit_major"),
    path("school/classes/new/", views.edit_class, name="new_class"),
    path("school/classes/<int:pk>/edit/", views.edit_class, name="edit_class"),
    path("school/<slug:noun>/<int:pk>/remove/", views.remove, name="remove"),
]
