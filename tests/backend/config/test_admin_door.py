"""The admin site asks for a password past our own counters: there axes counts."""

import pytest
from django.core.cache import cache

from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


def ask(client, user, password: str) -> int:
    return client.post("/admin/login/", {"username": user.email, "password": password}).status_code


def test_the_door_shuts_after_ten_wrong_passwords_even_for_the_right_one(client, settings):
    user = UserFactory(is_staff=True, is_superuser=True)
    answers = [ask(client, user, "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [200] * 9 + [429]
    assert ask(client, user, PASSWORD) == 429
    assert "_auth_user_id" not in client.session


def test_nine_wrong_ones_leave_it_open_and_other_people_are_not_shut_out(client):
    user, other = UserFactory.create_batch(2, is_staff=True, is_superuser=True)
    for _ in range(9):
        ask(client, user, "wrong")
    assert ask(client, user, PASSWORD) == 302
    for _ in range(12):
        ask(client, user, "wrong")
    client.logout()
    assert ask(client, other, PASSWORD) == 302
