"""Bodies of matches, one serializer per audience."""

from rest_framework import serializers

from backend.recommendations.enums import AuditKind, Cause, InteractionKind

BIG = 2**63 - 1
KINDS = [
    (kind.value, kind.label)
    for kind in (InteractionKind.VIEW, InteractionKind.SAVE, InteractionKind.NOT_INTERESTED)
]


class ReasonSerializer(serializers.Serializer):
    """One term of the score; all contributions of a match sum to its score."""

    feature = serializers.CharField()
    contribution = serializers.FloatField()
    zh = serializers.CharField()
    en = serializers.CharField()


class SuggestionSerializer(serializers.Serializer):
    """One change that would raise the score, and by how much."""

    feature = serializers.CharField()
    gain = serializers.FloatField()
    zh = serializers.CharField()
    en = serializers.CharField()


class MatchSerializer(serializers.Serializer):
    """A position at its place in the list; score and reasons are null and empty without personalisation."""

    position = serializers.IntegerField(source="position.pk")
    title = serializers.CharField(source="position.title")
    company = serializers.CharField(source="position.company.name")
    rank = serializers.IntegerField()
    score = serializers.FloatField(source="match.score", allow_null=True, default=None)
    model = serializers.CharField(source="match.model", allow_null=True, default=None)
    reasons = ReasonSerializer(source="match.reasons", many=True, default=[])
    saved = serializers.BooleanField()


class MatchDetailSerializer(serializers.Serializer):
    """One position for the student who asks; `hidden_cause` is null unless they said "not interested"."""

    position = serializers.IntegerField(source="position.pk")
    title = serializers.CharField(source="position.title")
    company = serializers.CharField(source="position.company.name")
    score = serializers.FloatField(source="match.score", allow_null=True, default=None)
    model = serializers.CharField(source="match.model", allow_null=True, default=None)
    reasons = ReasonSerializer(source="match.reasons", many=True, default=[])
    raising = SuggestionSerializer(many=True)
    saved = serializers.BooleanField()
    hidden_cause = serializers.CharField(allow_null=True)


class DifferenceSerializer(serializers.Serializer):
    """One term of two matches; the deltas sum to the difference of the scores."""

    feature = serializers.CharField()
    a = serializers.FloatField()
    b = serializers.FloatField()
    delta = serializers.FloatField()
    zh = serializers.CharField()
    en = serializers.CharField()


class ComparedSerializer(serializers.Serializer):
    """Two positions and what speaks for the first."""

    a = MatchSerializer()
    b = MatchSerializer()
    differences = DifferenceSerializer(many=True)


class InteractionInput(serializers.Serializer):
    """What the student did."""

    position_id = serializers.IntegerField(min_value=1, max_value=BIG)
    kind = serializers.ChoiceField(choices=KINDS)
    cause = serializers.ChoiceField(choices=Cause.choices, required=False, allow_blank=True, default="")


class InteractionOutput(serializers.Serializer):
    """As stored."""

    position = serializers.IntegerField(source="position_id")
    kind = serializers.CharField()
    cause = serializers.CharField()
    at = serializers.DateTimeField()


class PersonalisationSerializer(serializers.Serializer):
    """Whether positions are ordered by fit."""

    personalised = serializers.BooleanField()


class FittingSerializer(serializers.Serializer):
    """A student who fits, as far as the reader may see them; rank and score are null for whoever is not ordered by fit."""

    student = serializers.IntegerField(source="profile.id")
    name = serializers.CharField(source="profile.name")
    anonymous = serializers.BooleanField(source="profile.anonymous")
    major = serializers.CharField(source="profile.major")
    education = serializers.CharField(source="profile.education")
    graduation_year = serializers.IntegerField(source="profile.graduation_year")
    skills = serializers.ListField(child=serializers.CharField(), source="profile.skills")
    rank = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(source="match.score", allow_null=True, default=None)
    model = serializers.CharField(source="match.model", allow_null=True, default=None)
    reasons = ReasonSerializer(source="match.reasons", many=True, default=[])


class UnnoticedSerializer(serializers.Serializer):
    """A pair nobody noticed."""

    id = serializers.IntegerField(source="row.pk")
    student = serializers.IntegerField(source="row.student_id")
    student_name = serializers.CharField(source="row.student.name")
    position = serializers.IntegerField(source="row.position_id")
    title = serializers.CharField(source="row.position.title")
    company = serializers.CharField(source="row.position.company.name")
    mutual = serializers.FloatField(source="row.mutual")
    score = serializers.FloatField(source="match.score")
    reasons = ReasonSerializer(source="match.reasons", many=True)
    hinted_at = serializers.DateTimeField(source="row.hinted_at", allow_null=True)


class AuditSerializer(serializers.Serializer):
    """Figures about the ranking of one school."""

    kind = serializers.ChoiceField(choices=AuditKind.choices)
    at = serializers.DateTimeField()
    model = serializers.CharField()
    figures = serializers.JSONField()


class CardSerializer(serializers.Serializer):
    """The card of a model; among the groups a department stands by its id, as the list of departments has it."""

    name = serializers.CharField()
    accepted = serializers.BooleanField()
    serves = serializers.BooleanField()
    reason = serializers.CharField()
    features = serializers.ListField(child=serializers.CharField())
    versions = serializers.DictField(child=serializers.CharField())
    data_hash = serializers.CharField()
    data_until = serializers.CharField(allow_null=True)
    seed = serializers.IntegerField()
    people = serializers.IntegerField()
    showings = serializers.IntegerField()
    metrics = serializers.DictField(child=serializers.DictField(child=serializers.FloatField()))
    fairness = serializers.DictField(child=serializers.DictField(child=serializers.FloatField()))


class GradeInput(serializers.Serializer):
    """0 does not fit, 1 fits in part, 2 fits well."""

    fit = serializers.IntegerField(min_value=0, max_value=2)


class GradePairSerializer(serializers.Serializer):
    """A pair to grade: no name, no score."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    major = serializers.CharField(source="student.major.name")
    education = serializers.CharField(source="student.education")
    skills = serializers.ListField(child=serializers.CharField(), source="student.skills")
    certificates = serializers.ListField(child=serializers.CharField(), source="student.certificates")
    position = serializers.IntegerField(source="position_id")
    title = serializers.CharField(source="position.title")
    company = serializers.CharField(source="position.company.name")


class AgreementSerializer(serializers.Serializer):
    """How far two people agree."""

    pairs = serializers.IntegerField()
    equal = serializers.FloatField()
    kappa = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    weighted = serializers.FloatField()


class RoundSerializer(serializers.Serializer):
    """A round of grading; `next` is the reader's next pair, `agreement` comes when both are done."""

    id = serializers.IntegerField(source="round.pk")
    at = serializers.DateTimeField(source="round.at")
    model = serializers.CharField(source="round.model")
    pairs = serializers.IntegerField()
    graded = serializers.DictField(child=serializers.IntegerField())
    next = GradePairSerializer(allow_null=True)
    agreement = AgreementSerializer(allow_null=True)
