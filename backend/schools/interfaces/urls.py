"""Pages of a school's structure."""

from django.urls import path

from backend.schools.interfaces import platform, views

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
    path("operator/schools/", platform.schools, name="platform_schools"),
    path("operator/schools/new/", platform.new_school, name="new_school"),
    path("operator/schools/<int:pk>/", platform.school, name="platform_school"),
    path("operator/schools/<int:pk>/invite/", platform.invite, name="invite_staff"),
    path("operator/schools/<int:pk>/suspend/", platform.suspend, name="suspend_school"),
    path("operator/schools/<int:pk>/reopen/", platform.reopen, name="reopen_school"),
    path("operator/schools/<int:pk>/leave-alliance/", platform.remove_member, name="leave_alliance"),
    path("operator/alliances/", platform.alliances, name="alliances"),
    path("operator/alliances/<int:pk>/", platform.alliance, name="alliance"),
    path("operator/alliances/<int:pk>/add/", platform.add_member, name="join_alliance"),
    path("operator/alliances/<int:pk>/dissolve/", platform.dissolve, name="dissolve_alliance"),
    path("school/<slug:noun>/<int:pk>/remove/", views.remove, name="remove"),
]
