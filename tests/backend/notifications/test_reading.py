"""Reading: page after page, only unread, over JSON; the badge on every page; and what a repeat, a race or a crash does."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.common import clock, failpoints, outbox
from backend.common.models import OutboxEntry
from backend.notifications import delivery, domain, queries
from backend.notifications.models import Notification
from tests.backend.notifications.test_views import client_of
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.notifications import DeadEntryFactory, NotificationFactory
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def greet(*users, key="greeting-1"):
    domain.notify(user_ids=[user.pk for user in users], kind="tests.greeting", dedupe_key=key, name="李华")


# Pages


def test_a_page_holds_twenty_and_only_unread_goes_with_it():
    user = UserFactory()
    unread = NotificationFactory.create_batch(22, user=user)
    NotificationFactory(user=user, read=True)
    client = client_of(user)
    assert len(client.get("/notifications/").context["rows"]) == 20
    second = client.get("/notifications/?unread=1&page=2")
    assert list(second.context["rows"]) == [unread[1], unread[0]]
    assert "unread=1&amp;page=1" in second.content.decode()


def test_what_others_wrote_is_shown_as_text():
    row = NotificationFactory(params={"name": "<script>alert(1)</script>"})
    drawn = client_of(row.user).get("/notifications/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; sends greetings." in drawn
    assert "<script>alert(1)" not in drawn


@pytest.mark.parametrize(
    ("unread", "badge"), [(0, []), (1, ["1"]), (99, ["99"]), (100, ["99+"]), (120, ["99+"])]
)
def test_the_bell_on_every_page_says_how_many(unread, badge):
    user = UserFactory()
    Notification.objects.bulk_create(
        NotificationFactory.build(user=user, dedupe_key=str(number)) for number in range(unread)
    )
    drawn = client_of(user).get("/account/").content.decode()
    # Two bells: of the wide layout and of the narrow one.
    assert re.findall(r'bell-count" aria-hidden="true">([^<]+)<', drawn) == badge * 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/notifications/"),
        ("post", "/notifications/read/"),
        ("get", "/deliveries/"),
        ("post", "/deliveries/1/send/"),
        ("post", "/notifications/1/open/"),
    ],
)
def test_a_visitor_signs_in_first(client, method, path):
    row = NotificationFactory()
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")
    row.refresh_from_db()
    assert row.read_at is None


@pytest.mark.parametrize("path", ["/notifications/read/", "/notifications/1/open/", "/deliveries/1/send/"])
def test_a_link_changes_nothing(path):
    """A mail program that looks ahead must not read, open or send."""
    user = MembershipFactory(operator=True).user
    row = NotificationFactory(user=user)
    assert client_of(user).get(path).status_code == 405
    row.refresh_from_db()
    assert row.read_at is None


def test_opening_again_keeps_the_first_moment(frozen_now):
    row = NotificationFactory()
    client = client_of(row.user)
    client.post(f"/notifications/{row.pk}/open/")
    clock.advance(timedelta(hours=1))
    client.post(f"/notifications/{row.pk}/open/")
    row.refresh_from_db()
    assert row.read_at == frozen_now


# JSON


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("?unread=true", ["c", "a"]),
        ("?unread=false", ["b"]),
        ("?kind=tests.quiet", ["c"]),
        ("?kind=tests.quiet&unread=false", []),
        ("?kind=nonsense", []),
    ],
)
def test_json_is_narrowed(query, found):
    user = UserFactory()
    rows = {
        "a": NotificationFactory(user=user),
        "b": NotificationFactory(user=user, read=True),
        "c": NotificationFactory(user=user, kind="tests.quiet"),
    }
    NotificationFactory()
    answer = client_of(user, APIClient).get(f"/api/v1/notifications/{query}").json()
    assert [row["id"] for row in answer["results"]] == [rows[name].pk for name in found]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "李华 sends greetings."), ("zh-hans", "李华向您问好。")]
)
def test_json_is_in_the_language_asked_for_and_complete(language, text):
    row = NotificationFactory()
    client = client_of(row.user, APIClient)
    answer = client.get(f"/api/v1/notifications/{row.pk}/", HTTP_ACCEPT_LANGUAGE=language)
    assert answer.json() == {
        "id": row.pk,
        "kind": "tests.greeting",
        "text": text,
        "url": "/team/",
        "created_at": "2026-03-02T09:00:00+08:00",
        "read_at": None,
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_json_costs_the_same_whatever_the_rows(rows, django_assert_num_queries):
    user = UserFactory()
    NotificationFactory.create_batch(rows, user=user)
    client = client_of(user, APIClient)
    with django_assert_num_queries(4):  # session, user, membership, rows
        assert len(client.get("/api/v1/notifications/").json()["results"]) == rows


def test_reading_one_of_many_over_json_reads_no_other(frozen_now):
    user = UserFactory()
    one, other = NotificationFactory.create_batch(2, user=user)
    answer = client_of(user, APIClient).post(f"/api/v1/notifications/{one.pk}/read/")
    assert (answer.status_code, answer.json()["read_at"]) == (200, "2026-03-02T09:00:00+08:00")
    assert list(Notification.objects.filter(read_at__isnull=True)) == [other]


@pytest.mark.parametrize(
    ("traits", "status"),
    [
        ({}, 200),
        ({"operator": True}, 200),
        ({"owner": True}, 403),
        ({"recruiter": True}, 403),
        ({"of_student": True}, 403),
    ],
)
def test_who_reads_the_dead_letters_over_json(traits, status):
    person = MembershipFactory(**traits)
    entry = DeadEntryFactory(school_id=person.school_id)
    client = client_of(person.user, APIClient)
    assert client.get("/api/v1/deliveries/").status_code == status
    assert client.post(f"/api/v1/deliveries/{entry.pk}/send/").status_code == (204 if status == 200 else 403)
    entry.refresh_from_db()
    assert (entry.dead_at is None) == (status == 200)


def test_the_dead_letters_stand_in_the_order_of_their_end():
    early, late = DeadEntryFactory(), DeadEntryFactory(dead_at=clock.now() + timedelta(hours=1))
    same = DeadEntryFactory(dead_at=early.dead_at)
    OutboxEntry.objects.create(topic="tests.topic")
    for actor in (SYSTEM, actor_of(MembershipFactory(operator=True).user)):
        assert list(queries.dead_deliveries_visible_to(actor)) == [late, same, early]
    assert list(queries.dead_deliveries_visible_to(ANONYMOUS)) == []


# Told once


def test_a_notification_of_a_write_that_is_rolled_back_was_never_there():
    user = UserFactory()
    with transaction.atomic():
        greet(user)
        transaction.set_rollback(True)
    assert (outbox.drain(), Notification.objects.count(), mail.outbox) == (0, 0, [])


def test_one_key_is_for_each_reader_their_own():
    first, second = UserFactory.create_batch(2)
    greet(first)
    greet(first, second)
    assert outbox.drain() == 2
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([first.email, second.email])


def test_nobody_to_tell_is_no_work(django_assert_num_queries):
    with django_assert_num_queries(0):
        greet()
    assert OutboxEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_the_same_at_once_tell_it_once():
    user = UserFactory()
    assert race(lambda: greet(user), lambda: greet(user)) == [None, None]
    outbox.drain()
    assert (Notification.objects.count(), len(mail.outbox)) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_relays_mail_once():
    user = UserFactory()
    greet(user)
    delivered = race(outbox.run_once, outbox.run_once)
    assert (sorted(delivered), len(mail.outbox)) == ([0, 1], 1)


def test_a_mail_server_that_is_away_is_tried_again_until_it_is_back(frozen_now):
    user = UserFactory()
    greet(user)

    def away() -> None:
        raise OSError("connection refused")

    with failpoints.armed("notifications.after_mail", away):
        for _ in range(3):
            outbox.run_once()
            clock.advance(timedelta(minutes=10))
    entry = OutboxEntry.objects.get()
    assert (entry.attempts, entry.last_error) == (3, "OSError('connection refused')")
    mail.outbox.clear()
    assert (outbox.run_once(), len(mail.outbox), OutboxEntry.objects.count()) == (1, 1, 0)
    assert Notification.objects.get().mailed_at == frozen_now + timedelta(minutes=30)


def test_the_bad_address_of_one_holds_up_no_other(monkeypatch):
    """Each mail is an entry of its own."""
    bad, good = UserFactory(email="bad@example.org"), UserFactory()
    greet(bad, good)
    send = delivery.EmailMessage.send

    def picky(letter, *args, **kwargs):
        if letter.to == [bad.email]:
            raise OSError("no such mailbox")
        return send(letter, *args, **kwargs)

    monkeypatch.setattr(delivery.EmailMessage, "send", picky)
    assert outbox.run_once() + outbox.run_once() == 1
    assert [letter.to for letter in mail.outbox] == [[good.email]]
    assert OutboxEntry.objects.get().payload["user"] == bad.pk


def test_a_long_sentence_is_cut_in_the_subject_alone():
    row = NotificationFactory(params={"name": "长" * 200}, url="")
    delivery.mail([{"user": row.user_id, "dedupe_key": row.dedupe_key}])
    (letter,) = mail.outbox
    assert letter.subject == "长" * 120
    assert "长" * 200 + "向您问好。" in letter.body
    assert "http://127.0.0.1:8000\n" not in letter.body
