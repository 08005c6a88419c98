"""Schools, their structure and the national codes as JSON."""

from rest_framework import serializers

from backend.schools.models import Alliance, Department, Major, Occupation, School, SchoolClass


class SchoolSerializer(serializers.ModelSerializer):
    """A school as everybody may see it."""

    class Meta:
        model = School
        fields = ["id", "name", "code", "city_code", "district_code"]


class PlatformSchoolSerializer(serializers.ModelSerializer):
    """A school as the operator sees it."""

    class Meta:
        model = School
        fields = [
            "id",
            "name",
            "code",
            "city_code",
            "district_code",
            "alliance_id",
            "suspended_at",
            "suspended_reason",
        ]


class SchoolInput(serializers.Serializer):
    """What the platform says about a school."""

    name = serializers.CharField(max_length=100)
    code = serializers.CharField(max_length=20)
    city_code = serializers.CharField(max_length=6)
    district_code = serializers.CharField(
        max_length=6,
        required=False,
        allow_blank=True,
        help_text="Of the campus; who does not say otherwise starts from there.",
    )


class OpenSchoolInput(SchoolInput):
    """The same, and who begins."""

    staff_email = serializers.EmailField(max_length=190)


class SuspensionInput(serializers.Serializer):
    """Why a school is closed for the time being."""

    reason = serializers.CharField(max_length=500)


class MembershipInput(serializers.Serializer):
    """The alliance a school belongs to; null for none."""

    alliance_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True)


class AllianceSerializer(serializers.ModelSerializer):
    """An alliance with the ids of its schools."""

    schools = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Alliance
        fields = ["id", "name", "schools"]


class AllianceInput(serializers.Serializer):
    """Name of an alliance."""

    name = serializers.CharField(max_length=100)


class DepartmentSerializer(serializers.ModelSerializer):
    """A department."""

    class Meta:
        model = Department
        fields = ["id", "school_id", "name"]


class DepartmentInput(serializers.Serializer):
    """What staff say about a department."""

    name = serializers.CharField(max_length=80)


class MajorSerializer(serializers.ModelSerializer):
    """A major with what it teaches and leads to."""

    skills = serializers.ListField(child=serializers.CharField(), read_only=True)
    occupation_codes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Major
        fields = ["id", "school_id", "department_id", "name", "code", "skills", "occupation_codes"]


class MajorInput(serializers.Serializer):
    """What staff say about a major."""

    name = serializers.CharField(max_length=80)
    department_id = serializers.IntegerField(min_value=1)
    code = serializers.CharField(max_length=10, required=False, default="", allow_blank=True)
    skills = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=40
    )
    occupation_codes = serializers.ListField(
        child=serializers.CharField(max_length=12), required=False, default=list, max_length=40
    )


class ClassSerializer(serializers.ModelSerializer):
    """A class."""

    class Meta:
        model = SchoolClass
        fields = ["id", "major_id", "name", "graduation_year"]


class ClassInput(serializers.Serializer):
    """What staff say about a class."""

    name = serializers.CharField(max_length=80)
    major_id = serializers.IntegerField(min_value=1)
    graduation_year = serializers.IntegerField(min_value=2000, max_value=2100)


class OccupationSerializer(serializers.ModelSerializer):
    """An entry of the classification of occupations."""

    class Meta:
        model = Occupation
        fields = ["code", "name", "level"]


class PlaceSerializer(serializers.Serializer):
    """A city by its code."""

    code = serializers.CharField()
    name = serializers.CharField()
