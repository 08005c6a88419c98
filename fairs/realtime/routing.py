"""Where the fair's socket answers."""

from django.urls import path

from fairs.realtime.consumers import FairConsumer

websocket_urlpatterns = [path("ws/fairs/", FairConsumer.as_asgi())]
