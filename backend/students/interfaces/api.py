"""Students over JSON: their own profile under /me/, others' as the audience may see them, rosters."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.api.idempotency import idempotent
from backend.api.permissions import SIGNED_IN
from backend.api.views import ApiView, ApiViewSet
from backend.students import domain, queries
from backend.students.documents import DOCX, PDF
from backend.students.domain.profile import own_student
from backend.students.enums import StudentStatus
from backend.students.interfaces import serializers
from backend.students.interfaces.own import resume_file
from backend.students.models import DisclosureGrant, Experience, ProfileView, Resume, RosterImport, Student

OWN = {Role.STUDENT}
STAFF = {Role.STAFF}


class StudentFilterSet(django_filters.FilterSet):
    """What staff and recruiters may narrow the list by."""

    status = django_filters.ChoiceFilter(choices=StudentStatus.choices)
    graduation_year = django_filters.NumberFilter(min_value=2000, max_value=2100)

    class Meta:
        model = Student
        fields = ["status", "graduation_year", "education"]


class StudentViewSet(ListModelMixin, ApiViewSet):
    """Students as the audience may see them; a company's look at one is counted."""

    audience = {
        "list": STAFF,
        "retrieve": {Role.STAFF, Role.RECRUITER, Role.STUDENT},
        "confirm": STAFF,
        "refuse": STAFF,
    }
    model, visible_to = Student, staticmethod(queries.students_visible_to)
    serializer_class = serializers.StudentRowSerializer
    filterset_class = StudentFilterSet

    @extend_schema(responses=serializers.ProfileSerializer)
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        """One student."""
        student = self.get_object()
        domain.record_profile_view(actor=self.actor, student=student, where="api")
        return Response(serializers.ProfileSerializer(queries.profile_for(self.actor, student)).data)

    @extend_schema(request=None, responses=serializers.StudentRowSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: Any = None) -> Response:
        """Confirm somebody who registered."""
        student = domain.confirm_student(actor=self.actor, student_id=self.get_object().pk)
        return Response(serializers.StudentRowSerializer(student).data)

    @extend_schema(request=serializers.StudentRefusalInput, responses=serializers.StudentRowSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: Any = None) -> Response:
        """Refuse somebody who registered, with a reason."""
        values = self.payload(serializers.StudentRefusalInput)
        student = domain.refuse_student(actor=self.actor, student_id=self.get_object().pk, **values)
        return Response(serializers.StudentRowSerializer(student).data)


class MeView(ApiView):
    """One's own profile."""

    audience = OWN
    serializer_class = serializers.ProfileSerializer

    @extend_schema(responses=serializers.ProfileSerializer)
    def get(self, request: Request) -> Response:
        """The profile as it stands."""
        return self._answer()

    @extend_schema(request=serializers.StudentProfileInput, responses=serializers.ProfileSerializer)
    def put(self, request: Request) -> Response:
        """Replace what one writes about oneself."""
        domain.update_profile(actor=self.actor, **self.payload(serializers.StudentProfileInput))
        return self._answer()

    def _answer(self) -> Response:
        profile = queries.profile_for(self.actor, own_student(self.actor))
        return Response(serializers.ProfileSerializer(profile).data)


class MyVisibilityView(ApiView):
    """How much companies see of oneself."""

    audience = OWN
    serializer_class = serializers.VisibilityInput

    @extend_schema(request=serializers.VisibilityInput, responses=serializers.VisibilityInput)
    def put(self, request: Request) -> Response:
        """Choose it."""
        student = domain.set_visibility(actor=self.actor, **self.payload(serializers.VisibilityInput))
        return Response(serializers.VisibilityInput(student).data)


def counted(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Count the attempt before `idempotent` opens its transaction, so that no refusal takes the count back."""

    @wraps(handler)
    def count_first(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        domain.count_attempt(actor=view.actor)
        return handler(view, request, *args, **kwargs)

    return count_first


class ClaimView(ApiView):
    """Take one's place on the roster."""

    audience = SIGNED_IN
    serializer_class = serializers.ClaimInput

    @extend_schema(request=serializers.ClaimInput, responses={201: serializers.StudentRowSerializer})
    @counted
    @idempotent
    def post(self, request: Request) -> Response:
        """Claim by school, number and name."""
        student = domain.claim_place(actor=self.actor, counted=True, **self.payload(serializers.ClaimInput))
        return Response(serializers.StudentRowSerializer(student).data, status=201)


class RegisterView(ApiView):
    """Register without being on the roster."""

    audience = SIGNED_IN
    serializer_class = serializers.RegisterInput

    @extend_schema(request=serializers.RegisterInput, responses={201: serializers.StudentRowSerializer})
    @counted
    @idempotent
    def post(self, request: Request) -> Response:
        """Register; the school confirms."""
        student = domain.register_student(
            actor=self.actor, counted=True, **self.payload(serializers.RegisterInput)
        )
        return Response(serializers.StudentRowSerializer(student).data, status=201)


class ExperienceViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """One's own periods of work."""

    audience = {"list": OWN, "retrieve": OWN, "create": OWN, "update": OWN, "destroy": OWN}
    model = Experience
    visible_to = staticmethod(lambda actor: Experience.objects.filter(student_id=actor.student_id))
    serializer_class = serializers.ExperienceSerializer

    @extend_schema(responses={201: serializers.ExperienceSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add one."""
        row = domain.save_experience(actor=self.actor, **{"ended_on": None, **self.payload()})
        return Response(self.get_serializer(row).data, status=201)

    def update(self, request: Request, pk: Any = None) -> Response:
        """Correct one."""
        values = {"ended_on": None, **self.payload()}
        row = domain.save_experience(actor=self.actor, experience_id=self.get_object().pk, **values)
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Take one away."""
        domain.remove_experience(actor=self.actor, experience_id=self.get_object().pk)
        return Response(status=204)


class ResumeViewSet(ListModelMixin, ApiViewSet):
    """Resumes one may open; students add and remove their own."""

    audience = {"list": SIGNED_IN, "file": SIGNED_IN, "create": OWN, "destroy": OWN}
    model, visible_to = Resume, staticmethod(queries.resumes_visible_to)
    serializer_class = serializers.ResumeSerializer
    parser_classes = [MultiPartParser, FormParser, JSONParser]

    @extend_schema(request=serializers.ResumeInput, responses={201: serializers.ResumeSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Upload a PDF or docx; without a file, draw one from the profile."""
        values = self.payload(serializers.ResumeInput)
        if values["file"] is None:
            resume = domain.generate_resume(actor=self.actor, title=values["title"])
        else:
            resume = domain.upload_resume(actor=self.actor, title=values["title"], upload=values["file"])
        return Response(self.get_serializer(resume).data, status=201)

    @extend_schema(responses=dict.fromkeys([(200, PDF), (200, DOCX)], OpenApiTypes.BINARY))
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: Any = None) -> HttpResponse:
        """The file itself, to whom the student or the school lets have it; companies' looks are counted."""
        return resume_file(self.actor, self.get_object())

    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Take one away."""
        domain.remove_resume(actor=self.actor, resume_id=self.get_object().pk)
        return Response(status=204)


class GrantViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """One's consents."""

    audience = {"list": OWN, "retrieve": OWN, "create": OWN, "revoke": OWN}
    model, visible_to = DisclosureGrant, staticmethod(queries.grants_visible_to)
    serializer_class = serializers.GrantSerializer

    @extend_schema(request=serializers.GrantInput, responses={201: serializers.GrantSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Give one."""
        values = dict(self.payload(serializers.GrantInput))
        grant = domain.give_grant(actor=self.actor, fields=values.pop("fields_open"), **values)
        return Response(self.get_serializer(grant).data, status=201)

    @extend_schema(request=None, responses=serializers.GrantSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: Any = None) -> Response:
        """Take one back."""
        grant = domain.revoke_grant(actor=self.actor, grant_id=self.get_object().pk)
        return Response(self.get_serializer(grant).data)


class SeenViewSet(ListModelMixin, ApiViewSet):
    """Who saw me."""

    audience = {"list": OWN}
    model = ProfileView
    visible_to = staticmethod(
        lambda actor: ProfileView.objects.filter(student_id=actor.student_id).select_related("company")
    )
    serializer_class = serializers.SeenSerializer


class RosterViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Uploaded rosters of staff's school."""

    audience = {"list": STAFF, "retrieve": STAFF, "create": STAFF, "confirm": STAFF, "drop": STAFF}
    model, visible_to = RosterImport, staticmethod(queries.imports_visible_to)
    serializer_class = serializers.RosterSerializer
    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(request=serializers.RosterInput, responses={201: serializers.RosterSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Upload a file and see what it would do."""
        values = self.payload(serializers.RosterInput)
        kept = domain.upload_roster(actor=self.actor, file_name=values["file"].name, **values)
        return Response(self.get_serializer(kept).data, status=201)

    @extend_schema(request=None, responses=serializers.RosterSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: Any = None) -> Response:
        """Write the good rows."""
        kept = domain.confirm_roster(actor=self.actor, import_id=self.get_object().pk)
        return Response(self.get_serializer(kept).data)

    @extend_schema(request=None, responses=serializers.RosterSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: Any = None) -> Response:
        """Discard the file."""
        kept = domain.drop_roster(actor=self.actor, import_id=self.get_object().pk)
        return Response(self.get_serializer(kept).data)
