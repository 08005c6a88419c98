"""Pages of notifications and of what could not be delivered."""

from django.urls import path

from backend.notifications.interfaces import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notification_list, name="list"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:notification_id>/open/", views.open_notification, name="open"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:entry_id>/send/", views.send_again, name="send_again"),
]
