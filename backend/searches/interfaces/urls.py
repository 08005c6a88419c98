"""Addresses of saved searches."""

from django.urls import path

from backend.searches.interfaces import views

app_name = "searches"
urlpatterns = [
    path("me/searches/", views.saved, name="list"),
    path("me/searches/<int:pk>/", views.detail, name="detail"),
    path("me/searches/<int:pk>/edit/", views.edit, name="edit"),
    path("me/searches/<int:pk>/delete/", views.delete, name="delete"),
    path("positions/alerts/<str:signed>/", views.stop, name="stop"),
]
