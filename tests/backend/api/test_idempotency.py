"""Same key and body, same answer; another body, 422; crashes and races leave one effect."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.api.idempotency import _digest
from backend.api.models import IdempotencyKey
from tests.factories.accounts import UserFactory

KEY = {"HTTP_IDEMPOTENCY_KEY": "a-key"}


@pytest.fixture
def person(api) -> User:
    """Somebody who is signed in."""
    user = UserFactory(name="asker")
    api.force_login(user)
    return user


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_and_has_no_effect(api, person):
    first = api.post("/api/public/", {"name": "新"}, **KEY)
    again = api.post("/api/public/", {"name": "新"}, **KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (first.get("Idempotent-Replay"), again["Idempotent-Replay"]) == (None, "true")
    assert User.objects.filter(name="新").count() == 1


@pytest.mark.django_db
def test_another_body_with_the_same_key_is_refused(api, person):
    api.post("/api/public/", {"name": "新"}, **KEY)
    response = api.post("/api/public/", {"name": "别"}, **KEY)
    assert (response.status_code, response.json()["error"]) == (422, "idempotency_key_reused")
    assert User.objects.filter(name="别").count() == 0


@pytest.mark.django_db
def test_another_key_is_another_request(api, person):
    for key in ("one", "two"):
        assert api.post("/api/public/", {"name": "新"}, HTTP_IDEMPOTENCY_KEY=key).status_code == 201
    assert User.objects.filter(name="新").count() == 2


@pytest.mark.django_db
def test_keys_belong_to_a_person(api, person):
    api.post("/api/public/", {"name": "新"}, **KEY)
    api.force_login(UserFactory())
    assert api.post("/api/public/", {"name": "别"}, **KEY).status_code == 201


@pytest.mark.django_db
def test_a_refused_request_keeps_no_key(api, person):
    assert api.post("/api/public/", {"name": "much too long"}, **KEY).status_code == 422
    assert IdempotencyKey.objects.count() == 0
    assert api.post("/api/public/", {"name": "新"}, **KEY).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "with space", "x" * 81, "schlüssel".encode().decode("latin-1")])
def test_a_malformed_key_is_refused(api, person, key):
    response = api.post("/api/public/", {"name": "新"}, HTTP_IDEMPOTENCY_KEY=key)
    assert (response.status_code, response.json()["error"]) == (422, "bad_idempotency_key")
    assert User.objects.filter(name="新").count() == 0


@pytest.mark.django_db
def test_a_visitor_has_no_keys(api):
    assert [api.post("/api/public/", {"name": "新"}, **KEY).status_code for _ in range(2)] == [201, 201]
    assert IdempotencyKey.objects.count() == 0


def test_files_count_by_name_and_content_and_stay_readable():
    file = SimpleUploadedFile("a.pdf", b"one")
    assert _digest({"f": file}) == _digest({"f": SimpleUploadedFile("a.pdf", b"one")})
    assert _digest({"f": file}) != _digest({"f": SimpleUploadedFile("a.pdf", b"two")})
    assert _digest({"f": file}) != _digest({"f": SimpleUploadedFile("b.pdf", b"one")})
    assert file.read() == b"one"


def _post_from_threads(user: User, keys: list[str]) -> list[int]:
    """Send one POST per key at the same moment, each on a connection of its own; the statuses."""
    gate, found = threading.Barrier(len(keys)), []

    def post(key: str) -> None:
        client = APIClient()
        client.force_login(user)
        gate.wait()
        found.append(client.post("/api/public/", {"name": "新"}, HTTP_IDEMPOTENCY_KEY=key).status_code)
        connections.close_all()

    threads = [threading.Thread(target=post, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_racing_repeats_have_one_effect(api):
    user = UserFactory()
    assert _post_from_threads(user, ["same"] * 6) == [201] * 6
    assert User.objects.filter(name="新").count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_racing_requests_without_a_common_key_have_six_effects(api):
    user = UserFactory()
    assert _post_from_threads(user, [f"key-{n}" for n in range(6)]) == [201] * 6
    assert User.objects.filter(name="新").count() == 6
