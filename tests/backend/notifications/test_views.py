"""Pages and JSON of notifications and of what could not be delivered."""

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from backend.notifications.models import Notification
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.notifications import DeadEntryFactory, NotificationFactory

pytestmark = pytest.mark.django_db


def client_of(user, kind: type = Client):
    """A client signed in, in English."""
    cache.clear()
    client = kind()
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_the_list_shows_only_the_own_newest_first():
    mine, theirs = NotificationFactory(params={"name": "A"}), NotificationFactory(params={"name": "B"})
    newer = NotificationFactory(user=mine.user, params={"name": "C"})
    page = client_of(mine.user).get("/notifications/")
    assert list(page.context["rows"]) == [newer, mine]
    assert "B sends greetings." not in page.content.decode()
    assert "C sends greetings." in page.content.decode()
    assert theirs.read_at is None


def test_an_empty_list_says_so():
    assert "Nothing new" in client_of(UserFactory()).get("/notifications/").content.decode()


def test_opening_marks_read_and_goes_where_it_points():
    row = NotificationFactory(url="/team/?x=1")
    response = client_of(row.user).post(f"/notifications/{row.pk}/open/")
    assert response["Location"] == "/team/?x=1"
    row.refresh_from_db()
    assert row.read_at is not None


@pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_opening_never_leaves_the_house(url):
    row = NotificationFactory(url=url)
    assert client_of(row.user).post(f"/notifications/{row.pk}/open/")["Location"] == "/notifications/"


def test_notifications_of_others_do_not_exist():
    row = NotificationFactory()
    assert client_of(UserFactory()).post(f"/notifications/{row.pk}/open/").status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_marking_all_as_read():
    user = UserFactory()
    NotificationFactory.create_batch(3, user=user)
    client_of(user).post("/notifications/read/")
    assert Notification.objects.filter(read_at__isnull=True).count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_whatever_the_rows(rows, django_assert_num_queries):
    user = UserFactory()
    NotificationFactory.create_batch(rows, user=user)
    client = client_of(user)
    with django_assert_num_queries(6):  # session, user, membership, unread, count, rows
        assert len(client.get("/notifications/").context["rows"]) == rows


@pytest.mark.parametrize(
    ("traits", "status"),
    [({}, 200), ({"operator": True}, 200), ({"owner": True}, 404), ({"of_student": True}, 404)],
)
def test_who_sees_what_could_not_be_delivered(traits, status):
    person = MembershipFactory(**traits)
    entry = DeadEntryFactory(school_id=person.school_id)
    client = client_of(person.user)
    page = client.get("/deliveries/")
    assert page.status_code == status
    assert "canary" not in page.content.decode()
    assert client.post(f"/deliveries/{entry.pk}/send/").status_code == (302 if status == 200 else 404)


def test_only_the_operator_sees_the_error_which_may_name_a_person():
    staff = MembershipFactory()
    DeadEntryFactory(school_id=staff.school_id)
    shown = client_of(MembershipFactory(operator=True).user).get("/deliveries/").content.decode()
    assert "no mail server" in shown
    assert "canary" not in shown
    shown = client_of(staff.user).get("/deliveries/").content.decode()
    assert "tests.topic" in shown
    assert "no mail server" not in shown


@pytest.mark.parametrize("rows", [1, 3])
def test_the_dead_letter_list_costs_the_same_whatever_the_rows(rows, django_assert_num_queries):
    DeadEntryFactory.create_batch(rows)
    client = client_of(MembershipFactory(operator=True).user)
    with django_assert_num_queries(6):  # session, user, membership, count, rows, unread
        assert len(client.get("/deliveries/").context["rows"]) == rows


def test_json_lists_filters_and_marks():
    mine = NotificationFactory()
    NotificationFactory(user=mine.user, read=True)
    foreign = NotificationFactory()
    api = client_of(mine.user, APIClient)
    assert len(api.get("/api/v1/notifications/").json()["results"]) == 2
    unread = api.get("/api/v1/notifications/?unread=true").json()["results"]
    assert [(row["id"], row["text"]) for row in unread] == [(mine.pk, "李华 sends greetings.")]
    assert api.get(f"/api/v1/notifications/{foreign.pk}/").status_code == 404
    assert api.post(f"/api/v1/notifications/{foreign.pk}/read/").status_code == 404
    assert api.post(f"/api/v1/notifications/{mine.pk}/read/").json()["read_at"] is not None
    NotificationFactory(user=mine.user)
    assert api.post("/api/v1/notifications/read/").json() == {"changed": 1}


def test_json_of_deliveries_hides_what_they_carry():
    staff = MembershipFactory()
    entry = DeadEntryFactory(school_id=staff.school_id)
    DeadEntryFactory(school_id=MembershipFactory().school_id)
    api = client_of(staff.user, APIClient)
    listed = api.get("/api/v1/deliveries/").json()["results"]
    assert [set(row) for row in listed] == [{"id", "topic", "attempts", "created_at", "dead_at"}]
    assert api.post(f"/api/v1/deliveries/{entry.pk}/send/").status_code == 204
    assert api.get("/api/v1/deliveries/").json()["results"] == []
    assert client_of(UserFactory(), APIClient).get("/api/v1/deliveries/").status_code == 403
