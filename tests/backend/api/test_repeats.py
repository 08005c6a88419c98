"""Idempotency keys where it gets narrow: other addresses and methods, refusals, faults, races, and what a repeat hears."""

import json
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from backend.accounts.actor import actor_of
from backend.accounts.domain import erase_account
from backend.accounts.models import User
from backend.api import idempotency
from backend.api.idempotency import _digest
from backend.api.models import IdempotencyKey
from backend.common import clock, periodic
from tests.factories.accounts import PASSWORD, UserFactory
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def person(api):
    user = UserFactory(name="asker")
    api.force_login(user)
    return user


def make(api, body=None, *, key="a-key", method="post", path="/api/making/", **options):
    return getattr(api, method)(path, body or {}, headers={"Idempotency-Key": key}, **options)


def made() -> int:
    return User.objects.filter(name="新").count()


# What a repeat hears


def test_a_repeat_hears_the_first_answer_and_no_newer_one(api, person):
    first = make(api, {"list": [1, None, "二"], "deep": {"a": {"b": 0.5}}})
    clock.advance(timedelta(hours=1))
    again = make(api, {"deep": {"a": {"b": 0.5}}, "list": [1, None, "二"]}, HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert (again.json(), again.status_code, made()) == (first.json(), 201, 1)


def test_a_repeat_of_an_answer_without_a_body_has_none(api, person):
    answers = [make(api, {"then": "answer nothing"}) for _ in range(3)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 3
    assert [answer.get("Idempotent-Replay") for answer in answers] == [None, "true", "true"]
    assert made() == 1


@pytest.mark.parametrize("then", ["refuse", "break"])
def test_what_was_refused_or_broke_leaves_neither_work_nor_key(api, person, then):
    api.raise_request_exception = False
    assert make(api, {"then": then}).status_code == {"refuse": 409, "break": 500}[then]
    assert (made(), IdempotencyKey.objects.count()) == (0, 0)
    # The key is free, for a mended body too.
    assert make(api).status_code == 201
    assert made() == 1


def test_the_same_body_at_another_address_is_another_request(api, person):
    make(api, {"name": "新"})
    answer = make(api, {"name": "新"}, path="/api/public/")
    assert (answer.status_code, answer.json()["error"], made()) == (422, "idempotency_key_reused", 1)


def test_the_same_body_by_another_method_is_another_request(api, person):
    make(api)
    answer = make(api, method="put")
    assert (answer.status_code, answer.json()["error"], made()) == (422, "idempotency_key_reused", 1)


def test_what_stands_behind_the_question_mark_is_not_part_of_a_creating_request(api, person):
    make(api)
    assert make(api, path="/api/making/?x=1")["Idempotent-Replay"] == "true"
    assert made() == 1


@pytest.mark.parametrize("key", ["!", "~" * 80, "a" * 80, "0b5c1d2e-uuid", "中".encode().hex()])
def test_a_key_at_the_bounds_is_taken(api, person, key):
    assert [make(api, key=key).status_code for _ in range(2)] == [201, 201]
    assert made() == 1


@pytest.mark.parametrize("key", ["a\tb", "a\x7fb", "a b", "x" * 1000])
def test_a_refused_key_does_nothing(api, person, key):
    answer = make(api, key=key)
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_idempotency_key")
    assert (made(), IdempotencyKey.objects.count()) == (0, 0)


def test_keys_differ_by_case(api, person):
    assert [make(api, key=key).status_code for key in ("key", "KEY")] == [201, 201]
    assert made() == 2


# Equal bodies


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({}, {}, True),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": None}, {}, False),
        ({"a": ""}, {"a": None}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": "é"}, {"a": "e\u0301"}, False),
        ({"a": "x"}, {"a": "x "}, False),
        ([1], {"0": 1}, False),
        ([], {}, False),
    ],
)
def test_bodies_are_equal_when_their_json_is(one, other, equal):
    assert (_digest(one) == _digest(other)) is equal


def test_an_upload_is_repeated_by_its_content(api, person):
    def send(content, name="a.pdf"):
        return make(
            api, {"then": "answer nothing", "file": SimpleUploadedFile(name, content)}, format="multipart"
        )

    assert [send(b"one").status_code, send(b"one").status_code] == [204, 204]
    assert made() == 1
    for answer in (send(b"two"), send(b"one", "b.pdf")):
        assert (answer.status_code, answer.json()["error"]) == (422, "idempotency_key_reused")
    assert made() == 1


# Races


def posts(user, bodies):
    """A POST with one key for each body, on a connection each; (status, error) in the order of the bodies."""
    gate = threading.Barrier(len(bodies))

    def post(body):
        client = APIClient()
        client.force_login(user)
        gate.wait(10)
        answer = make(client, body)
        return answer.status_code, answer.json().get("error")

    return race(*[lambda body=body: post(body) for body in bodies])


@pytest.mark.django_db(transaction=True)
def test_of_two_bodies_with_one_key_one_is_done_and_one_is_told(api):
    results = posts(UserFactory(), [{"n": 1}, {"n": 2}])
    assert sorted(results) == [(201, None), (422, "idempotency_key_reused")]
    kept = IdempotencyKey.objects.get()
    assert (made(), kept.body["said"]) == (1, {"n": 1 + results.index((201, None))})


@pytest.mark.django_db(transaction=True)
def test_control_without_the_key_both_are_done(api, monkeypatch):
    monkeypatch.setattr(idempotency, "_first_or_repeat", lambda work, request, key: work())
    assert posts(UserFactory(), [{"n": 1}, {"n": 2}]) == [(201, None), (201, None)]
    assert made() == 2


@pytest.mark.django_db(transaction=True)
def test_two_people_with_the_same_key_do_not_meet(api):
    users = UserFactory.create_batch(2)

    def post(user):
        client = APIClient()
        client.force_login(user)
        return make(client).status_code

    assert race(*[lambda user=user: post(user) for user in users]) == [201, 201]
    assert made() == 2


# What is kept


def test_the_worker_forgets_answers_after_two_days(api, person):
    make(api)
    forget = periodic._jobs["api.forget_old_keys"].run
    clock.advance(idempotency.KEEP)
    assert (forget(), IdempotencyKey.objects.count()) == (0, 1)
    clock.advance(timedelta(microseconds=1))
    assert (forget(), IdempotencyKey.objects.count()) == (1, 0)


def test_a_key_is_forgotten_with_its_person(api, person):
    other = UserFactory()
    make(api, {"name": "canary"})
    api.force_login(other)
    make(api)
    erase_account(actor=actor_of(person), password=PASSWORD)
    assert [row.user_id for row in IdempotencyKey.objects.all()] == [other.pk]
    assert "canary" not in json.dumps(list(IdempotencyKey.objects.values("body", "route")))
