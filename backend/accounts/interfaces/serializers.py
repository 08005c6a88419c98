"""JSON of the own account, team and tokens; one class per audience, fields named one by one."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from rest_framework import serializers

from backend.accounts.enums import Role
from backend.accounts.models import Invitation, Membership
from backend.api.models import ApiToken

ROLES = [Role.RECRUITER.value, Role.STAFF.value]


class MeSerializer(serializers.Serializer):
    """Who am I, and what may I see."""

    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    language = serializers.CharField(source="user.language")
    role = serializers.CharField(source="actor.role")
    school_id = serializers.IntegerField(source="actor.school_id", allow_null=True)
    department_id = serializers.IntegerField(source="actor.department_id", allow_null=True)
    company_id = serializers.IntegerField(source="actor.company_id", allow_null=True)
    student_id = serializers.IntegerField(source="actor.student_id", allow_null=True)
    is_owner = serializers.BooleanField(source="actor.is_owner")
    second_factor = serializers.BooleanField()
    second_factor_advised = serializers.BooleanField()


class ProfileInput(serializers.Serializer):
    """What may be changed of the own account."""

    name = serializers.CharField(max_length=60, allow_blank=True)
    language = serializers.ChoiceField(choices=[code for code, _label in settings.LANGUAGES])


class TokenSerializer(serializers.ModelSerializer):
    """A token as its owner sees it afterwards: never its text."""

    class Meta:
        model = ApiToken
        fields = ["id", "label", "created_at", "expires_at"]


class NewTokenSerializer(TokenSerializer):
    """A token as its owner sees it once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class SessionSerializer(serializers.ModelSerializer):
    """A browser in which the person is signed in; `current`: the one that asks."""

    current = serializers.SerializerMethodField()

    class Meta:
        model = UserSession
        fields = ["id", "ip", "user_agent", "created_at", "last_seen_at", "current"]

    def get_current(self, row: UserSession) -> bool:
        """A program with a token is none of them."""
        return row.session_key == self.context["request"].session.session_key


class CredentialsInput(serializers.Serializer):
    """How a program gets its token: the person's address, password and, where set up, a code."""

    email = serializers.EmailField(max_length=190)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    code = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    label = serializers.CharField(max_length=60)


class MemberSerializer(serializers.ModelSerializer):
    """A colleague."""

    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")

    class Meta:
        model = Membership
        fields = [
            "id",
            "name",
            "email",
            "role",
            "school_id",
            "department_id",
            "company_id",
            "is_owner",
            "created_at",
        ]


class PasswordInput(serializers.Serializer):
    """The password once more."""

    password = serializers.CharField(max_length=128, trim_whitespace=False)


class OwnerInput(serializers.Serializer):
    """Whether a colleague is an owner of the company."""

    is_owner = serializers.BooleanField()


class InvitationSerializer(serializers.ModelSerializer):
    """An open invitation, without its link."""

    class Meta:
        model = Invitation
        fields = [
            "id",
            "email",
            "role",
            "school_id",
            "department_id",
            "company_id",
            "is_owner",
            "created_at",
            "expires_at",
        ]


class InvitationLinkInput(serializers.Serializer):
    """The secret of an invitation: the last part of its link."""

    token = serializers.CharField(max_length=100)


class InvitationInput(serializers.Serializer):
    """Whom to invite; the company is the own one, the school too unless the operator asks."""

    email = serializers.EmailField(max_length=190)
    role = serializers.ChoiceField(choices=ROLES)
    school_id = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
    department_id = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
    is_owner = serializers.BooleanField(required=False, default=False)
