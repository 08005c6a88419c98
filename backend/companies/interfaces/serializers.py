"""JSON of companies, one shape per audience."""

from typing import Any

from rest_framework import serializers

from backend.companies import rules
from backend.companies.enums import CompanySize, CompanyStatus
from backend.companies.models import Company, CompanyDivision, VettingDecision, VettingEvidence

PUBLIC_FIELDS = ("id", "name", "credit_code", "industry", "size", "city_code", "address", "website", "about", "status", "vetted_until")  # fmt: skip


class CompanySerializer(serializers.ModelSerializer):
    """What everybody sees of a company."""

    website = serializers.CharField(read_only=True)  # empty where there is none, which no URI is

    class Meta:
        model = Company
        fields = read_only_fields = PUBLIC_FIELDS


class OwnCompanySerializer(serializers.ModelSerializer):
    """What its own people and the staff who vet it see."""

    website = serializers.CharField(read_only=True)  # empty where there is none, which no URI is

    class Meta:
        model = Company
        fields = read_only_fields = (
            *PUBLIC_FIELDS,
            "contact_name",
            "contact_phone",
            "submitted_at",
            "version",
        )

    def to_representation(self, instance: Company) -> dict[str, Any]:
        """Staff of the alliance and of departments see the company but vet nothing: no contact data for them."""
        shown = super().to_representation(instance)
        request = self.context.get("request")
        if request is not None and not rules.can_see_evidence(request.actor, instance):
            shown |= {"contact_name": "", "contact_phone": ""}
        return shown


class CompanyInput(serializers.Serializer):
    """Entries of a company; the domain judges them."""

    name = serializers.CharField(max_length=120)
    credit_code = serializers.CharField(max_length=18)
    industry = serializers.CharField(max_length=60)
    size = serializers.ChoiceField(choices=CompanySize.choices)
    city_code = serializers.CharField(max_length=6)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    website = serializers.CharField(max_length=200, required=False, allow_blank=True)
    about = serializers.CharField(max_length=3000, required=False, allow_blank=True)
    contact_name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=30, required=False, allow_blank=True)


class RegistrationInput(CompanyInput):
    """The same, and the school that vets the company."""

    school = serializers.IntegerField(min_value=1)


class DecisionInput(serializers.Serializer):
    """Staff's decision; a reason is needed unless the company is verified, the version unless it is suspended."""

    outcome = serializers.ChoiceField(
        choices=[CompanyStatus.VERIFIED, CompanyStatus.REJECTED, CompanyStatus.SUSPENDED]
    )
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        allow_null=True,
        default=None,
        help_text="The version of the company that was looked at",
    )


class DecisionSerializer(serializers.ModelSerializer):
    """A decision that was taken."""

    class Meta:
        model = VettingDecision
        fields = read_only_fields = ("id", "company", "outcome", "reason", "valid_until", "created_at")


class EvidenceSerializer(serializers.ModelSerializer):
    """A document a decision rests on; its content is at evidence/{id}/file/."""

    class Meta:
        model = VettingEvidence
        fields = read_only_fields = ("id", "company", "original_name", "content_type", "size", "created_at")


class EvidenceInput(serializers.Serializer):
    """A scanned licence: PDF, PNG or JPEG."""

    file = serializers.FileField()


class DivisionSerializer(serializers.ModelSerializer):
    """A division of the own company."""

    class Meta:
        model = CompanyDivision
        fields = ("id", "name")
