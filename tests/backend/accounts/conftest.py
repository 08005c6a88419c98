"""Clients of people in each role."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories.accounts import MembershipFactory


@pytest.fixture
def signed_in():
    """A function that makes a member by traits and returns it with a client that is signed in, in English."""

    def make(**traits):
        member = MembershipFactory(**traits)
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(member.user)
        return member, client

    return make


@pytest.fixture(autouse=True)
def _no_leftovers():
    """Used codes and throttle counts lie in the cache, which outlives a test."""
    cache.clear()
