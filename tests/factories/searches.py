"""Saved searches."""

import factory

from backend.searches.domain.keeping import digest_of
from backend.searches.models import SavedSearch


class SavedSearchFactory(factory.django.DjangoModelFactory):
    """A search for 数控, told once a day; give `owner`, and `place` where one person keeps several."""

    class Meta:
        model = SavedSearch

    owner = factory.SubFactory("tests.factories.accounts.UserFactory")
    place = 1
    name = "数控"
    address = "q=数控"
    digest = factory.LazyAttribute(lambda search: digest_of(search.address))
    frequency = "daily"
