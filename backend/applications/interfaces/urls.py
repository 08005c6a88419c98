"""Pages of applications."""

from django.urls import path

from backend.applications.interfaces import views

app_name = "applications"
urlpatterns = [
    path("applications/", views.application_list, name="list"),
    path("applications/overdue/", views.overdue, name="overdue"),
    path("applications/bulk/", views.bulk, name="bulk"),
    path("applications/<int:pk>/", views.detail, name="detail"),
    path("applications/<int:pk>/withdraw/", views.take_back, name="withdraw"),
    path("applications/<int:pk>/move/", views.move, name="move"),
    path("applications/<int:pk>/note/", views.note, name="note"),
    path("applications/<int:pk>/rate/", views.rating, name="rate"),
    path("applications/<int:pk>/offer/", views.offer, name="offer"),
    path("applications/<int:pk>/accept/", views.accept, name="accept"),
    path("applications/<int:pk>/refuse/", views.refuse, name="refuse"),
    path("positions/<int:pk>/apply/", views.apply_page, name="apply"),
    path("positions/<int:pk>/slots/", views.slots, name="slots"),
    path("slots/<int:pk>/book/", views.book, name="book"),
    path("slots/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("slots/<int:pk>/close/", views.close, name="close"),
    path("slots/<int:pk>/interview.ics", views.interview_file, name="ics"),
]
