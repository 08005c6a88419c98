"""Schools, their structure and the national codes as JSON."""

from rest_framework import serializers

from backend.schools.models import Department, Major, Occupation, School, SchoolClass


class SchoolSerializer(serializers.ModelSerializer):
    """A school as everybody may see it."""

    class Meta:
        model = School
        fields = ["id", "name", "code", "city_code"]


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
