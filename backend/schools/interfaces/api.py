"""Schools, their structure and the national codes over JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC, SIGNED_IN
from backend.api.views import ApiView, ApiViewSet
from backend.schools import domain
from backend.schools.interfaces import serializers
from backend.schools.models import Department, Division, Major, Occupation, School, SchoolClass
from backend.schools.queries import (
    cities,
    classes_visible_to,
    departments_visible_to,
    majors_visible_to,
    occupations_under,
    schools_visible_to,
)

STRUCTURE = {
    "list": SIGNED_IN,
    "retrieve": SIGNED_IN,
    "create": {Role.STAFF},
    "update": {Role.STAFF},
    "destroy": {Role.STAFF},
}


class SchoolViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Schools one may see."""

    audience = {"list": PUBLIC, "retrieve": PUBLIC}
    model, visible_to = School, staticmethod(schools_visible_to)
    serializer_class = serializers.SchoolSerializer


class DepartmentViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Departments; school-wide staff write."""

    audience = STRUCTURE
    model, visible_to = Department, staticmethod(departments_visible_to)
    serializer_class = serializers.DepartmentSerializer

    @extend_schema(request=serializers.DepartmentInput, responses={201: serializers.DepartmentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a department."""
        row = domain.save_department(actor=self.actor, **self.payload(serializers.DepartmentInput))
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(request=serializers.DepartmentInput, responses=serializers.DepartmentSerializer)
    def update(self, request: Request, pk: Any = None) -> Response:
        """Rename a department."""
        values = self.payload(serializers.DepartmentInput)
        row = domain.save_department(actor=self.actor, department_id=self.get_object().pk, **values)
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Remove a department without majors."""
        domain.remove_department(actor=self.actor, department_id=self.get_object().pk)
        return Response(status=204)


class MajorViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Majors; school-wide staff write."""

    audience = STRUCTURE
    model, visible_to = Major, staticmethod(majors_visible_to)
    serializer_class = serializers.MajorSerializer

    @extend_schema(request=serializers.MajorInput, responses={201: serializers.MajorSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a major."""
        row = domain.save_major(actor=self.actor, **self.payload(serializers.MajorInput))
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(request=serializers.MajorInput, responses=serializers.MajorSerializer)
    def update(self, request: Request, pk: Any = None) -> Response:
        """Correct a major."""
        values = self.payload(serializers.MajorInput)
        row = domain.save_major(actor=self.actor, major_id=self.get_object().pk, **values)
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Remove a major without students."""
        domain.remove_major(actor=self.actor, major_id=self.get_object().pk)
        return Response(status=204)


class ClassViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Classes; school-wide staff write."""

    audience = STRUCTURE
    model, visible_to = SchoolClass, staticmethod(classes_visible_to)
    serializer_class = serializers.ClassSerializer

    @extend_schema(request=serializers.ClassInput, responses={201: serializers.ClassSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a class."""
        row = domain.save_class(actor=self.actor, **self.payload(serializers.ClassInput))
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(request=serializers.ClassInput, responses=serializers.ClassSerializer)
    def update(self, request: Request, pk: Any = None) -> Response:
        """Correct a class."""
        values = self.payload(serializers.ClassInput)
        row = domain.save_class(actor=self.actor, class_id=self.get_object().pk, **values)
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Remove a class."""
        domain.remove_class(actor=self.actor, class_id=self.get_object().pk)
        return Response(status=204)


class OccupationViewSet(ListModelMixin, ApiViewSet):
    """Occupations of the national classification; the same for everybody."""

    audience = {"list": PUBLIC}
    model, visible_to = Occupation, staticmethod(lambda actor: occupations_under(""))
    serializer_class = serializers.OccupationSerializer
    page_ordering = ("code",)


class CitiesView(ApiView):
    """Cities by code, all at once: there are fewer than 400."""

    audience = PUBLIC
    model, visible_to = Division, staticmethod(lambda actor: Division.objects.filter(level__lte=2))
    serializer_class = serializers.PlaceSerializer
    pagination_class = None

    @extend_schema(responses=serializers.PlaceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every city and municipality."""
        return Response([{"code": code, "name": name} for code, name in cities()])
