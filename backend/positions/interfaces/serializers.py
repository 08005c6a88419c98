"""JSON of positions, one shape per audience."""

from datetime import datetime
from typing import Any

from django.utils.timezone import get_current_timezone
from rest_framework import serializers

from backend.positions import highlights, offering
from backend.positions.claims import BY_CODE, BY_NAME
from backend.positions.models import Position, PositionImport, PositionTemplate, RecentSearch
from backend.students.enums import Education, PositionKind

PUBLIC_FIELDS = (
    "id", "title", "company", "company_name", "kind", "occupation", "occupation_name", "openings", "duties",
    "conditions", "education", "majors", "skills", "skill_levels", "wanted_skills", "certificates", "experience_months", "graduation_years", "city_code", "district_code", "place",
    "salary_min", "salary_max", "salary_months", "deadline", "starts_on", "published_at", "expires_at",
)  # fmt: skip


# Fields that are read from a column of another name, and those that stand in another table.
COLUMNS = {"company": "company_id", "occupation": "occupation_id"}
JOINED = {"company_name", "occupation_name"}
# What a hit is written from.
HIT_COLUMNS = (
    *(COLUMNS.get(name, name) for name in PUBLIC_FIELDS if name not in JOINED),
    "company__name",
    "occupation__name",
)


def _moment(value: datetime | None) -> str | None:
    """As the framework writes one."""
    return value and value.astimezone(get_current_timezone()).isoformat().replace("+00:00", "Z")


class PositionSerializer(serializers.ModelSerializer):
    """What everybody sees of a position."""

    company_name = serializers.CharField(source="company.name", read_only=True)
    occupation_name = serializers.CharField(source="occupation.name", read_only=True)
    majors = serializers.ListField(child=serializers.CharField(), read_only=True)
    skills = serializers.ListField(child=serializers.CharField(), read_only=True)
    skill_levels = serializers.DictField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="2 works with it, 3 masters it; of the other skills it is enough to know them.",
    )
    wanted_skills = serializers.ListField(child=serializers.CharField(), read_only=True)
    certificates = serializers.ListField(child=serializers.CharField(), read_only=True)
    graduation_years = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Position
        fields = read_only_fields = PUBLIC_FIELDS


class OwnPositionSerializer(PositionSerializer):
    """What its company and staff see."""

    class Meta:
        model = Position
        fields = read_only_fields = (*PUBLIC_FIELDS, "division", "status", "review_reason", "version")


class PositionInput(serializers.Serializer):
    """Entries of a position; the domain judges them."""

    title = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=PositionKind.choices, required=False)
    occupation = serializers.CharField(max_length=12, source="occupation_id")
    division = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, allow_null=True, source="division_id"
    )
    openings = serializers.IntegerField(min_value=1, max_value=10_000)
    duties = serializers.CharField(max_length=4000)
    conditions = serializers.CharField(max_length=4000)
    education = serializers.ChoiceField(choices=Education.choices, required=False)
    majors = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    skills = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    skill_levels = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=3),
        required=False,
        help_text="1 knows it, 2 works with it, 3 masters it; what names none of `skills` is left out.",
    )
    wanted_skills = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    certificates = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    experience_months = serializers.IntegerField(min_value=0, max_value=600, required=False)
    graduation_years = serializers.ListField(child=serializers.IntegerField(), required=False)
    city_code = serializers.CharField(max_length=6)
    district_code = serializers.CharField(max_length=6, required=False, allow_blank=True)
    place = serializers.CharField(max_length=200)
    salary_min = serializers.IntegerField(min_value=1, max_value=1_000_000)
    salary_max = serializers.IntegerField(min_value=1, max_value=1_000_000)
    salary_months = serializers.IntegerField(min_value=12, max_value=24, required=False)
    deadline = serializers.DateField()
    starts_on = serializers.DateField(required=False, allow_null=True)


class PositionChange(PositionInput):
    """Entries to change, and the version they were read at."""

    version = serializers.IntegerField(min_value=1, required=False)


class ReviewInput(serializers.Serializer):
    """Staff's decision about a position in review."""

    publish = serializers.BooleanField()
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class TakeDownInput(serializers.Serializer):
    """Why."""

    reason = serializers.CharField(max_length=1000)


class TextsInput(serializers.Serializer):
    """Texts to be looked over."""

    title = serializers.CharField(max_length=80, required=False, allow_blank=True)
    duties = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    conditions = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    place = serializers.CharField(max_length=200, required=False, allow_blank=True)
    skills = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    wanted_skills = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    certificates = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class FindingSerializer(serializers.Serializer):
    """One term that may not stand there."""

    field = serializers.CharField(source="field_name")
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    term = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.CharField()
    rule = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()


class FacetValueSerializer(serializers.Serializer):
    """A value with its number of hits."""

    value = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()


class FacetSerializer(serializers.Serializer):
    """A facet with its values."""

    name = serializers.CharField()
    values = FacetValueSerializer(many=True)


class HighlightsSerializer(serializers.Serializer):
    """HTML, safe to show as it is: the words asked for stand in <mark>."""

    title = serializers.CharField()
    excerpt = serializers.CharField(
        help_text="The piece of duties and conditions around the first match, or empty."
    )


class FitSerializer(serializers.Serializer):
    """How well a position fits the student who asks, and the main reason in both languages."""

    score = serializers.FloatField()
    zh = serializers.CharField()
    en = serializers.CharField()


class FitOrderSerializer(serializers.Serializer):
    """The order by fit: its token for the pages after the first, or why there is none."""

    order = serializers.CharField(
        source="token", help_text="Empty where the order is by relevance, or all hits are on one page."
    )
    ordered = serializers.IntegerField(
        help_text="How many of the hits were put in order: the best by relevance."
    )
    refused = serializers.CharField(
        source="refused.code",
        default="",
        help_text="`signed_out`, `not_a_student`, `off` (personalisation), `warming` (soon after a start), `unavailable` or empty.",
    )


class HitSerializer(PositionSerializer):
    """A position that was found, with what was asked for marked in it."""

    highlights = HighlightsSerializer(read_only=True)
    fit = FitSerializer(read_only=True, allow_null=True, help_text="Null unless sort=fit puts it in order.")

    class Meta(PositionSerializer.Meta):
        fields = read_only_fields = (*PUBLIC_FIELDS, "highlights", "fit")

    def to_representation(self, instance: Position) -> dict:
        """The same values as its base gives, read by hand: a page's rows field by field would cost as much as its search.

        The pattern of the query and how well each position fits come with the context.
        """
        row = {
            name: getattr(instance, COLUMNS.get(name, name)) for name in PUBLIC_FIELDS if name not in JOINED
        }
        row |= {
            "company_name": instance.company.name,
            "occupation_name": instance.occupation.name,
            "deadline": instance.deadline.isoformat(),
            "starts_on": instance.starts_on and instance.starts_on.isoformat(),
            "published_at": _moment(instance.published_at),
            "expires_at": _moment(instance.expires_at),
        }
        fit = self.context["fits"].get(instance.pk)
        row["fit"] = FitSerializer(fit).data if fit else None
        return row | {"highlights": highlights.of(instance, self.context["pattern"])}


class FacetsAnswerSerializer(serializers.Serializer):
    """Facets alone, and how many positions there are under all filters."""

    total = serializers.IntegerField()
    degraded = serializers.BooleanField(help_text="The reserve engine answered.")
    updating = serializers.BooleanField(help_text="The index is being built; some positions may be missing.")
    corrected = serializers.CharField(help_text="What was counted instead of the text; empty if nothing.")
    widened = serializers.ListField(child=serializers.CharField(), help_text="Filters that were let go.")
    facets = FacetSerializer(many=True)


class SearchSuggestionSerializer(serializers.Serializer):
    """A name that completes a text."""

    kind = serializers.ChoiceField(choices=offering.KINDS)
    text = serializers.CharField()
    count = serializers.IntegerField(
        allow_null=True, help_text="Positions it stands in; null for own searches."
    )
    states = serializers.DictField(
        child=serializers.CharField(),
        help_text="What choosing it sets: `occupation`, `company` or `q` of a search.",
    )


class SuggestAnswerSerializer(serializers.Serializer):
    """Suggestions in the order of their kinds."""

    q = serializers.CharField(allow_blank=True)
    items = SearchSuggestionSerializer(many=True)


class ComparedRowSerializer(serializers.Serializer):
    """One property of all positions that are compared, in words."""

    name = serializers.CharField()
    label = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(), help_text="In the order of `positions`.")
    differs = serializers.BooleanField()


class ComparedFitSerializer(serializers.Serializer):
    """How well one of them fits the student who asks."""

    position = serializers.IntegerField()
    percent = serializers.IntegerField()
    good = serializers.ListField(child=serializers.CharField())
    poor = serializers.ListField(child=serializers.CharField())


class PositionsComparedSerializer(serializers.Serializer):
    """Positions side by side."""

    positions = PositionSerializer(many=True)
    gone = serializers.IntegerField(
        help_text="Positions asked for that are not open any more, or not for you."
    )
    rows = ComparedRowSerializer(many=True)
    fits = ComparedFitSerializer(many=True, help_text="Empty unless a student with the order by fit asks.")


class RecentSearchSerializer(serializers.ModelSerializer):
    """One of the own searches."""

    class Meta:
        model = RecentSearch
        fields = read_only_fields = ("id", "text", "updated_at")


class RecentSearchInput(serializers.Serializer):
    """What was searched for."""

    text = serializers.CharField(max_length=60)


class SearchAnswerSerializer(serializers.Serializer):
    """A page of search."""

    total = serializers.IntegerField()
    worded = serializers.IntegerField(
        help_text="How many of them have words of the text, which the facets count; the rest are near in meaning."
    )
    page = serializers.IntegerField()
    next = serializers.CharField(
        help_text="`after` of the next page; empty on the last one and in the order of fit."
    )
    degraded = serializers.BooleanField()
    updating = serializers.BooleanField(help_text="The index is being built: positions may be missing.")
    corrected = serializers.CharField(
        help_text="The text looked for instead of one whose words nobody wrote; else empty."
    )
    widened = serializers.ListField(
        child=serializers.CharField(),
        help_text="Filters let go, in order, because nothing satisfied them all.",
    )
    by_meaning_only = serializers.BooleanField(
        help_text="Nothing has the words; the results are near in meaning."
    )
    fit = FitOrderSerializer(allow_null=True, help_text="Null unless sort=fit was asked for.")
    results = HitSerializer(many=True)
    facets = FacetSerializer(many=True)


class TemplateSerializer(serializers.ModelSerializer):
    """A template: its entries by the names a position is written with."""

    values = serializers.SerializerMethodField()

    class Meta:
        model = PositionTemplate
        fields = read_only_fields = ("id", "name", "values", "updated_at")

    def get_values(self, template: PositionTemplate) -> dict[str, Any]:
        """The entries; whoever writes a position from them adds the last day to apply."""
        names = {"occupation_id": "occupation", "division_id": "division"}
        return {
            names.get(name, name): value
            for name, value in template.values.items()
            if name not in ("deadline", "starts_on")
        }


class TemplateInput(serializers.Serializer):
    """Which position's entries to keep, and under which name."""

    position = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    name = serializers.CharField(max_length=80)


class PositionClaimSerializer(serializers.Serializer):
    """Imported positions beside the verified company that seems to be theirs."""

    company = serializers.IntegerField(source="company.pk")
    company_name = serializers.CharField(source="company.name")
    source = serializers.IntegerField(source="source.pk")
    source_name = serializers.CharField(source="source.name")
    positions = serializers.IntegerField()
    by = serializers.ChoiceField(choices=[BY_CODE, BY_NAME])


class PositionClaimInput(serializers.Serializer):
    """The imported company; staff also name the company it is, a recruiter's is the own one."""

    source = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    company = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class PositionClaimAnswerSerializer(serializers.Serializer):
    """How many positions went over."""

    moved = serializers.IntegerField()


class PositionImportSerializer(serializers.ModelSerializer):
    """An import and its figures."""

    class Meta:
        model = PositionImport
        fields = read_only_fields = (
            "id", "school", "original_name", "status", "total", "stored", "published", "rejected", "error", "created_at",
        )  # fmt: skip
