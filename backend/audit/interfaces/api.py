"""/api/v1/trail/."""

import django_filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from backend.accounts.enums import Role
from backend.api.views import ApiViewSet
from backend.audit.models import AuditEntry
from backend.audit.queries import entries_visible_to


class AuditEntrySerializer(serializers.ModelSerializer):
    """Who did what to which row, when."""

    actor = serializers.CharField(source="actor_user", default=None, allow_null=True)

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "at",
            "verb",
            "actor",
            "actor_role",
            "target",
            "target_id",
            "before",
            "after",
            "reason",
        ]


class TrailFilter(django_filters.FilterSet):
    """By row, verb and time."""

    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")

    class Meta:
        model = AuditEntry
        fields = ["verb", "target", "target_id"]


class TrailViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The audit trail of the own school."""

    audience = {Role.STAFF, Role.OPERATOR}
    model = AuditEntry
    visible_to = staticmethod(entries_visible_to)
    serializer_class = AuditEntrySerializer
    filterset_class = TrailFilter
