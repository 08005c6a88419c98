"""Addresses that belong to no app."""

from django.urls import path
from django.views.i18n import set_language

from backend.web import views
from backend.web.home import home

urlpatterns = [
    path("", home, name="home"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("language/", set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
]
