"""Schools, their structure and the national codes over JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC, SIGNED_IN
from backend.api.views import ApiView, ApiViewSet
from backend.schools import domain
from backend.schools.interfaces import serializers
from backend.schools.models import Alliance, Department, Division, Major, Occupation, School, SchoolClass
from backend.schools.queries import (
    alliances_listed,
    cities,
    classes_visible_to,
    departments_visible_to,
    majors_visible_to,
    occupations_under,
    schools_visible_to,
)

PLATFORM = {Role.OPERATOR}
STRUCTURE = {
    "list": SIGNED_IN,
    "retrieve": SIGNED_IN,
    "create": {Role.STAFF},
    "update": {Role.STAFF},
    "destroy": {Role.STAFF},
}


class SchoolViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Schools one may see."""

    audience = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": PLATFORM,
        "partial_update": PLATFORM,
        "suspend": PLATFORM,
        "reopen": PLATFORM,
        "alliance": PLATFORM,
    }
    model, visible_to = School, staticmethod(schools_visible_to)
    serializer_class = serializers.SchoolSerializer

    def get_serializer_class(self) -> type:
        """Suspension and alliance are the operator's business."""
        if self.request and self.actor.role in PLATFORM:
            return serializers.PlatformSchoolSerializer
        return serializers.SchoolSerializer

    @extend_schema(request=serializers.OpenSchoolInput, responses={201: serializers.PlatformSchoolSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Open a school and invite its first member of staff."""
        row = domain.open_school(actor=self.actor, **self.payload(serializers.OpenSchoolInput))
        return Response(self._shown(row), status=201)

    @extend_schema(request=serializers.SchoolInput, responses=serializers.PlatformSchoolSerializer)
    def partial_update(self, request: Request, pk: Any = None) -> Response:
        """Correct name, short code or city."""
        values = self.payload(serializers.SchoolInput, partial=True)
        row = domain.change_school(actor=self.actor, school_id=self.get_object().pk, values=values)
        return Response(self._shown(row))

    @extend_schema(request=serializers.SuspensionInput, responses=serializers.PlatformSchoolSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: Any = None) -> Response:
        """Close a school for the time being."""
        values = self.payload(serializers.SuspensionInput)
        row = domain.suspend_school(actor=self.actor, school_id=self.get_object().pk, **values)
        return Response(self._shown(row))

    @extend_schema(request=None, responses=serializers.PlatformSchoolSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: Any = None) -> Response:
        """Open a suspended school again."""
        return Response(self._shown(domain.reopen_school(actor=self.actor, school_id=self.get_object().pk)))

    @extend_schema(request=serializers.MembershipInput, responses=serializers.PlatformSchoolSerializer)
    @action(detail=True, methods=["put"])
    def alliance(self, request: Request, pk: Any = None) -> Response:
        """Put a school into an alliance, or out of it with null."""
        values = self.payload(serializers.MembershipInput)
        row = domain.set_alliance(actor=self.actor, school_id=self.get_object().pk, **values)
        return Response(self._shown(row))

    def _shown(self, row: School) -> Any:
        return serializers.PlatformSchoolSerializer(row).data


class AllianceViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Alliances of schools, for the operator."""

    audience = PLATFORM
    model, visible_to = Alliance, staticmethod(alliances_listed)
    serializer_class = serializers.AllianceSerializer

    @extend_schema(request=serializers.AllianceInput, responses={201: serializers.AllianceSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Make an alliance without schools."""
        row = domain.create_alliance(actor=self.actor, **self.payload(serializers.AllianceInput))
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(request=serializers.AllianceInput, responses=serializers.AllianceSerializer)
    def partial_update(self, request: Request, pk: Any = None) -> Response:
        """Rename an alliance."""
        values = self.payload(serializers.AllianceInput)
        row = domain.rename_alliance(actor=self.actor, alliance_id=self.get_object().pk, **values)
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Remove an alliance without schools."""
        domain.dissolve_alliance(actor=self.actor, alliance_id=self.get_object().pk)
        return Response(status=204)


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
