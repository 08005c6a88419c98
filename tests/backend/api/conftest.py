"""A client whose server knows the small endpoints of endpoints.py."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient


@pytest.fixture
def api(settings) -> APIClient:
    """Nobody is signed in; English sentences; no throttle counts left over from other tests."""
    settings.ROOT_URLCONF = "tests.backend.api.endpoints"
    cache.clear()
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    return client
