"""Students as JSON: one serializer per audience, with explicit fields."""

from typing import Any

from rest_framework import serializers

from backend.api.fields import MomentField
from backend.students.enums import Education, GrantField, PositionKind, Visibility
from backend.students.models import DisclosureGrant, Experience, ProfileView, Resume, RosterImport, Student

EDUCATIONS = [choice for choice in Education.choices if choice[0] != Education.ANY]


class ExperienceView(serializers.Serializer):
    """A period of work as the audience sees it."""

    title = serializers.CharField()
    organisation = serializers.CharField()
    started_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
    description = serializers.CharField()
    occupation = serializers.CharField(help_text="Its name; empty where none was named.")


class ResumeView(serializers.Serializer):
    """A resume the audience may open."""

    id = serializers.IntegerField()
    title = serializers.CharField()


class ProfileSerializer(serializers.Serializer):
    """A student as the audience asking may see them; what was not disclosed is empty."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    anonymous = serializers.BooleanField()
    number = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    school = serializers.CharField()
    department = serializers.CharField()
    major = serializers.CharField()
    class_name = serializers.CharField()
    education = serializers.CharField()
    graduation_year = serializers.IntegerField()
    status = serializers.CharField()
    visibility = serializers.CharField()
    seeking = serializers.BooleanField()
    about = serializers.CharField()
    skills = serializers.ListField(child=serializers.CharField())
    skill_levels = serializers.DictField(
        child=serializers.IntegerField(), help_text="2 works with it, 3 masters it; other skills are known."
    )
    certificates = serializers.ListField(child=serializers.CharField())
    experiences = ExperienceView(many=True)
    wanted_occupations = serializers.ListField(child=serializers.CharField())
    wanted_cities = serializers.ListField(child=serializers.CharField())
    wanted_kinds = serializers.ListField(child=serializers.CharField())
    salary_floor = serializers.IntegerField(allow_null=True)
    salary_hope = serializers.IntegerField(allow_null=True)
    based_in = serializers.CharField()
    available_from = serializers.DateField(allow_null=True)
    resumes = ResumeView(many=True)


class StudentProfileInput(serializers.Serializer):
    """What a student writes; the whole of it is replaced."""

    phone = serializers.CharField(max_length=30, allow_blank=True, default="")
    email = serializers.EmailField(allow_blank=True, default="")
    about = serializers.CharField(max_length=2000, allow_blank=True, default="")
    skills = serializers.ListField(child=serializers.CharField(max_length=40), max_length=30, default=list)
    skill_levels = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=3),
        default=dict,
        help_text="1 knows it, 2 works with it, 3 masters it; what names none of the skills is left out.",
    )
    certificates = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=30, default=list
    )
    wanted_occupations = serializers.ListField(
        child=serializers.CharField(max_length=12), max_length=30, default=list
    )
    wanted_cities = serializers.ListField(
        child=serializers.CharField(max_length=6), max_length=30, default=list
    )
    wanted_kinds = serializers.ListField(
        child=serializers.ChoiceField(PositionKind.choices), max_length=3, default=list
    )
    salary_floor = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True, default=None)
    salary_hope = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True, default=None)
    based_in = serializers.CharField(
        max_length=6,
        allow_blank=True,
        default="",
        help_text="A city or district by its code; empty: the campus.",
    )
    available_from = serializers.DateField(allow_null=True, default=None)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True, default=None)


class VisibilityInput(serializers.Serializer):
    """How much companies see."""

    visibility = serializers.ChoiceField(Visibility.choices)
    seeking = serializers.BooleanField()
    personalised = serializers.BooleanField()


class ClaimInput(serializers.Serializer):
    """School, number and name as they stand on the roster."""

    school_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    number = serializers.CharField(max_length=30)
    name = serializers.CharField(max_length=60)


class RegisterInput(ClaimInput):
    """What the school needs to know somebody who is not on the roster."""

    major_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    education = serializers.ChoiceField(EDUCATIONS)
    graduation_year = serializers.IntegerField(min_value=2000, max_value=2100)


class StudentRefusalInput(serializers.Serializer):
    """Why somebody is not confirmed."""

    reason = serializers.CharField(max_length=500)


class StudentRowSerializer(serializers.ModelSerializer):
    """A row of staff's list."""

    major = serializers.CharField(source="major.name", read_only=True)
    department = serializers.CharField(source="major.department.name", read_only=True)

    class Meta:
        model = Student
        fields = ["id", "number", "name", "department", "major", "education", "graduation_year", "status"]


class ExperienceSerializer(serializers.ModelSerializer):
    """A period of work, for its owner."""

    occupation = serializers.CharField(
        source="occupation_id", max_length=12, required=False, allow_null=True, default=None
    )

    class Meta:
        model = Experience
        fields = ["id", "title", "organisation", "started_on", "ended_on", "description", "occupation"]
        extra_kwargs: dict[str, Any] = {"description": {"max_length": 1500}}


class ResumeSerializer(serializers.ModelSerializer):
    """A resume; its file is served at /resumes/{id}/."""

    class Meta:
        model = Resume
        fields = ["id", "title", "content_type", "size", "generated", "created_at"]


class ResumeInput(serializers.Serializer):
    """A resume to upload, or, without a file, to draw from the profile."""

    title = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    file = serializers.FileField(required=False, default=None, allow_null=True)


class GrantSerializer(serializers.ModelSerializer):
    """A consent, for the student who gave it."""

    company = serializers.CharField(source="company.name", read_only=True)
    fields_open = serializers.ListField(source="fields", child=serializers.CharField(), read_only=True)

    class Meta:
        model = DisclosureGrant
        fields = [
            "id",
            "company_id",
            "company",
            "fields_open",
            "purpose",
            "resume_id",
            "expires_at",
            "revoked_at",
        ]


class GrantInput(serializers.Serializer):
    """A consent to give."""

    company_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    fields_open = serializers.ListField(child=serializers.ChoiceField(GrantField.choices), max_length=4)
    purpose = serializers.CharField(max_length=60)
    until = MomentField()
    resume_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True, default=None)


class SeenSerializer(serializers.ModelSerializer):
    """Who looked, when, how often."""

    company = serializers.CharField(source="company.name", read_only=True)

    class Meta:
        model = ProfileView
        fields = ["id", "company_id", "company", "day", "count"]


class CountsSerializer(serializers.Serializer):
    """Rows of a roster by what they do; what was never counted is 0."""

    new = serializers.IntegerField(default=0)
    changed = serializers.IntegerField(default=0)
    same = serializers.IntegerField(default=0)
    bad = serializers.IntegerField(default=0)


class ProblemSerializer(serializers.Serializer):
    """What is wrong with one cell."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    value = serializers.CharField()
    remedy = serializers.CharField()


class RosterSerializer(serializers.ModelSerializer):
    """An uploaded roster: counts and problems."""

    counts = CountsSerializer(read_only=True)
    problems = ProblemSerializer(many=True, read_only=True)

    class Meta:
        model = RosterImport
        fields = ["id", "file_name", "status", "create_structure", "counts", "problems", "created_at"]


class RosterInput(serializers.Serializer):
    """A roster to look at."""

    file = serializers.FileField()
    create_structure = serializers.BooleanField(default=False)
