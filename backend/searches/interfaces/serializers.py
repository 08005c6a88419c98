"""JSON of saved searches."""

from rest_framework import serializers

from backend.searches.enums import Frequency
from backend.searches.interfaces.labels import address_to_run
from backend.searches.models import SavedSearch


class SavedSearchSerializer(serializers.ModelSerializer):
    """A search the student keeps; `new`: positions that came since the student last looked and are open."""

    query = serializers.CharField(source="address", read_only=True)
    new = serializers.IntegerField(read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = SavedSearch
        fields = read_only_fields = (
            "id", "name", "query", "sort", "frequency", "new", "looked_at", "created_at", "url",
        )  # fmt: skip

    def get_url(self, search: SavedSearch) -> str:
        """The page that runs it again."""
        return address_to_run(search)


class SavedSearchInput(serializers.Serializer):
    """What to keep: the part of a search's address behind the question mark."""

    query = serializers.CharField(max_length=4000, help_text="As for /positions/search/: q=数控&city=320500")
    name = serializers.CharField(max_length=80, required=False, help_text="Words and filters if left out")
    frequency = serializers.ChoiceField(choices=Frequency.choices, default=Frequency.DAILY)


class SavedSearchChange(serializers.Serializer):
    """What to change; what is left out stays."""

    query = serializers.CharField(max_length=4000, required=False)
    name = serializers.CharField(max_length=80, required=False)
    frequency = serializers.ChoiceField(choices=Frequency.choices, required=False)


class FoundSerializer(serializers.Serializer):
    """A position that came after the search was saved."""

    position = serializers.IntegerField(source="position_id")
    title = serializers.CharField(source="position.title")
    company = serializers.CharField(source="position.company.name")
    found_at = serializers.DateTimeField()
