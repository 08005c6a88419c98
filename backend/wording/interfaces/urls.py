"""Pages about the search itself, for staff."""

from django.urls import path

from backend.wording.interfaces import staff

app_name = "wording"
urlpatterns = [
    path("staff/searches/", staff.missed, name="missed"),
    path("staff/searches/export/", staff.export, name="export"),
    path("staff/searches/synonyms/", staff.groups, name="synonyms"),
    path("staff/searches/synonyms/new/", staff.edit, name="new"),
    path("staff/searches/synonyms/try/", staff.attempt, name="try"),
    path("staff/searches/synonyms/<int:pk>/", staff.edit, name="edit"),
    path("staff/searches/synonyms/<int:pk>/switch/", staff.switch, name="switch"),
]
