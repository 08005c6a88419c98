"""Pages of matches."""

from django.urls import path

from backend.recommendations.interfaces import views

app_name = "recommendations"
urlpatterns = [
    path("matches/", views.matches, name="matches"),
    path("matches/saved/", views.saved, name="saved"),
    path("matches/personalisation/", views.personalisation, name="personalisation"),
    path("positions/<int:pk>/interest/", views.interest, name="interest"),
]
