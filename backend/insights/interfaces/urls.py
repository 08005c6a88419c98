"""Pages of the observatory."""

from django.urls import path

from backend.insights.interfaces import views

app_name = "insights"
urlpatterns = [
    path("insights/ratio/", views.ratio, name="ratio"),
    path("insights/ratio/rows/", views.rows, name="rows"),
    path("insights/ratio.csv", views.export, name="export"),
]
