"""/api/v1/notifications/ and /api/v1/deliveries/."""

import django_filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.permissions import SIGNED_IN
from backend.api.views import ApiViewSet
from backend.common.models import OutboxEntry
from backend.notifications import delivery, domain, queries
from backend.notifications.models import Notification


class NotificationSerializer(serializers.ModelSerializer):
    """One sentence, in the reader's language."""

    text = serializers.CharField(read_only=True)

    class Meta:
        model = Notification
        fields = ["id", "kind", "text", "url", "created_at", "read_at"]


class DeliverySerializer(serializers.ModelSerializer):
    """An entry the outbox has given up on, without what it carries."""

    class Meta:
        model = OutboxEntry
        fields = ["id", "topic", "attempts", "created_at", "dead_at"]


class NotificationFilter(django_filters.FilterSet):
    """Only unread, or only read ones."""

    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notification
        fields = ["kind"]


class NotificationViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """What I was told."""

    audience = SIGNED_IN
    model = Notification
    visible_to = staticmethod(queries.notifications_visible_to)
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str | None = None) -> Response:
        """Mark one as read."""
        row = self.get_object()
        domain.mark_read(user_id=self.actor.user_id, notification_id=row.pk)
        row.refresh_from_db()
        return Response(NotificationSerializer(row).data)

    @extend_schema(
        request=None,
        responses=inline_serializer("ReadAll", {"changed": serializers.IntegerField()}),
        operation_id="notifications_read_all",
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="read", url_name="read-all", pagination_class=None)
    def read_all(self, request: Request) -> Response:
        """Mark everything as read."""
        return Response({"changed": domain.mark_read(user_id=self.actor.user_id)})


class DeliveryViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """What could not be delivered."""

    audience = {Role.STAFF, Role.OPERATOR}
    model = OutboxEntry
    visible_to = staticmethod(queries.dead_deliveries_visible_to)
    serializer_class = DeliverySerializer
    page_ordering = ("-dead_at", "-id")

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str | None = None) -> Response:
        """Deliver it anew."""
        delivery.send_again(actor=self.actor, entry_id=self.get_object().pk)
        return Response(status=204)
