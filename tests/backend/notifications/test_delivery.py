"""Told once, mailed once, in the reader's language; dead entries can be sent again."""

from dataclasses import replace

import pytest
from django.core import mail

from backend.accounts.actor import actor_of
from backend.audit.models import AuditEntry
from backend.common import failpoints, forgetting, outbox, personal
from backend.common.errors import NotFound
from backend.common.models import OutboxEntry
from backend.notifications import delivery, domain, kinds, queries
from backend.notifications.models import Notification
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.notifications import DeadEntryFactory, NotificationFactory

pytestmark = pytest.mark.django_db


def greet(*users, key: str = "greeting-1") -> None:
    """Tell these users."""
    domain.notify(
        user_ids=[user.pk for user in users], kind="tests.greeting", dedupe_key=key, url="/team/", name="李华"
    )


def test_each_user_is_told_and_mailed_in_their_own_language():
    chinese, english = UserFactory(), UserFactory(language="en")
    greet(chinese, english)
    assert mail.outbox == []
    assert outbox.drain() == 2
    assert [(m.to, m.subject) for m in mail.outbox] == [
        ([chinese.email], "李华向您问好。"),
        ([english.email], "李华 sends greetings."),
    ]
    assert "http://127.0.0.1:8000/team/" in mail.outbox[0].body
    assert mail.outbox[1].body.startswith("Hello,\n\n李华 sends greetings.\n")
    assert Notification.objects.filter(mailed_at__isnull=True).count() == 0


def test_telling_again_with_the_same_key_tells_nothing():
    user = UserFactory()
    greet(user)
    outbox.drain()
    greet(user)
    outbox.drain()
    assert (Notification.objects.count(), len(mail.outbox)) == (1, 1)


def test_another_key_is_another_notification():
    user = UserFactory()
    greet(user)
    greet(user, key="greeting-2")
    outbox.drain()
    assert (Notification.objects.count(), len(mail.outbox)) == (2, 2)


def test_a_quiet_kind_is_not_mailed():
    domain.notify(user_ids=[UserFactory().pk], kind="tests.quiet", dedupe_key="q")
    assert (Notification.objects.count(), OutboxEntry.objects.count()) == (1, 0)


def test_an_unknown_kind_is_a_fault_of_the_caller():
    with pytest.raises(KeyError):
        domain.notify(user_ids=[UserFactory().pk], kind="tests.unknown", dedupe_key="q")


def test_a_repeated_delivery_mails_once():
    user = UserFactory()
    greet(user)
    payload = {"user": user.pk, "dedupe_key": "greeting-1"}
    delivery.mail([payload, payload])
    outbox.drain()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("case", ["read", "left", "gone"])
def test_what_was_read_or_whose_reader_left_is_not_mailed(case):
    user = UserFactory()
    greet(user)
    if case == "read":
        domain.mark_read(user_id=user.pk)
    elif case == "left":
        user.is_active = False
        user.save()
    else:
        Notification.objects.all().delete()
    assert outbox.drain() == 1
    assert mail.outbox == []


def test_a_crash_between_mail_and_note_mails_again_rather_than_never():
    class Crash(BaseException):
        pass

    def die() -> None:
        raise Crash

    user = UserFactory()
    greet(user)
    payload = {"user": user.pk, "dedupe_key": "greeting-1"}
    with failpoints.armed("notifications.after_mail", die), pytest.raises(Crash):
        delivery.mail([payload])
    delivery.mail([payload])
    assert len(mail.outbox) == 2


def test_a_subject_is_one_line():
    NotificationFactory(params={"name": "a\nBcc: x@example.org"}, dedupe_key="k", user__email="a@example.org")
    row = Notification.objects.get()
    delivery.mail([{"user": row.user_id, "dedupe_key": "k"}])
    assert mail.outbox[0].subject == "a Bcc: x@example.org向您问好。"


def test_a_notification_whose_kind_is_gone_shows_the_kind():
    assert NotificationFactory(kind="old.kind").text == "old.kind"


def test_marking_read_touches_only_the_own():
    mine, other, theirs = NotificationFactory(), NotificationFactory(), NotificationFactory()
    other.user = mine.user
    other.save()
    assert domain.mark_read(user_id=mine.user_id, notification_id=theirs.pk) == 0
    assert domain.mark_read(user_id=mine.user_id, notification_id=mine.pk) == 1
    assert domain.mark_read(user_id=mine.user_id) == 1
    assert domain.mark_read(user_id=mine.user_id) == 0
    assert Notification.objects.get(pk=theirs.pk).read_at is None


def test_the_badge_counts_unread_and_stops_beyond_99():
    user = UserFactory()
    NotificationFactory.create_batch(2, user=user)
    NotificationFactory(user=user, read=True)
    assert queries.unread_count(actor_of(user)) == 2
    NotificationFactory.create_batch(110, user=user)
    assert queries.unread_count(actor_of(user)) == 100


def test_a_dead_entry_is_sent_again_by_staff_and_noted():
    staff = MembershipFactory()
    entry = DeadEntryFactory(school_id=staff.school_id)
    delivery.send_again(actor=actor_of(staff.user), entry_id=entry.pk)
    entry.refresh_from_db()
    assert (entry.dead_at, entry.attempts) == (None, 0)
    noted = AuditEntry.objects.get()
    assert (noted.verb, noted.target_id, noted.after) == ("delivery.revived", entry.pk, "tests.topic")
    with pytest.raises(NotFound):
        delivery.send_again(actor=actor_of(staff.user), entry_id=entry.pk)


@pytest.mark.parametrize("traits", [{}, {"recruiter": True}, {"of_student": True}])
def test_a_mail_given_up_is_seen_by_the_staff_of_the_reader_s_school(traits):
    reader = MembershipFactory(**traits)
    school = reader.school_id or reader.company.school_id
    here, elsewhere = actor_of(MembershipFactory(school_id=school).user), actor_of(MembershipFactory().user)
    greet(reader.user)
    OutboxEntry.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)

    def refuse() -> None:
        raise OSError("mailbox full")

    with failpoints.armed("notifications.after_mail", refuse):
        assert outbox.run_once() == 0
    (entry,) = queries.dead_deliveries_visible_to(here)
    assert (entry.school_id, entry.last_error) == (school, "OSError('mailbox full')")
    assert list(queries.dead_deliveries_visible_to(elsewhere)) == []
    with pytest.raises(NotFound):
        delivery.send_again(actor=elsewhere, entry_id=entry.pk)
    entry.refresh_from_db()
    assert entry.dead_at is not None
    assert not AuditEntry.objects.filter(verb="delivery.revived").exists()


def test_what_belongs_to_no_school_is_the_operator_s_alone():
    entry = DeadEntryFactory()
    assert list(queries.dead_deliveries_visible_to(actor_of(MembershipFactory().user))) == []
    operator = actor_of(MembershipFactory(operator=True).user)
    assert list(queries.dead_deliveries_visible_to(operator)) == [entry]
    assert queries.school_of_reader({"user": UserFactory().pk}) is None


@pytest.mark.parametrize("traits", [{"owner": True}, {"of_student": True}])
def test_others_have_no_dead_letter_list(traits):
    entry = DeadEntryFactory()
    actor = actor_of(MembershipFactory(**traits).user)
    with pytest.raises(NotFound):
        delivery.send_again(actor=actor, entry_id=entry.pk)
    entry.refresh_from_db()
    assert entry.dead_at is not None


def test_the_copy_and_the_erasure_of_an_account_cover_notifications():
    mine, theirs = NotificationFactory(), NotificationFactory()
    assert [row["params"] for row in personal.copy_of(mine.user)["notifications.notification"]] == [
        {"name": "李华"}
    ]
    forgetting.erase(mine.user)
    assert list(Notification.objects.all()) == [theirs]


@pytest.mark.parametrize("found_by", ["url", "key"])
def test_others_forget_the_name_of_whoever_is_gone(found_by):
    told = [
        NotificationFactory(params={"student": "李华", "position": "会计"}, url=url, dedupe_key=key)
        for url, key in (("/applications/1/", "a:1:2"), ("/applications/12/", "a:12:2"))
    ]
    other = NotificationFactory(params={"company": "晨光"}, url="/applications/1/", dedupe_key="a:1:3")
    where = {"urls": ["/applications/1/"]} if found_by == "url" else {"keys": ["a:1:"]}
    assert domain.forget_name(param="student", **where) == 1
    assert [Notification.objects.get(pk=row.pk).params for row in [*told, other]] == [
        {"student": "—", "position": "会计"},
        {"student": "李华", "position": "会计"},
        {"company": "晨光"},
    ]


def two_ways(params) -> list[tuple[str, str]]:
    """What a mail of this kind can stop."""
    return [("Stop these:", f"/stop/{params['name']}/"), ("Stop everything:", "/stop/")]


def test_a_mail_that_can_be_stopped_says_how_in_its_head_and_before_its_end(monkeypatch):
    kind = kinds.kinds["tests.greeting"]
    monkeypatch.setitem(kinds.kinds, "tests.greeting", replace(kind, ways_out=two_ways))
    greet(UserFactory(language="en"))
    outbox.drain()
    (message,) = mail.outbox
    assert message.extra_headers == {
        "List-Unsubscribe": "<http://127.0.0.1:8000/stop/李华/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert (
        "/team/\n\nStop these:\nhttp://127.0.0.1:8000/stop/李华/\n\nStop everything:\nhttp://127.0.0.1:8000/stop/\n\n"
        in message.body
    )


@pytest.mark.parametrize("ways_out", [None, lambda params: []])
def test_a_mail_that_cannot_be_stopped_has_no_such_head(monkeypatch, ways_out):
    kind = kinds.kinds["tests.greeting"]
    monkeypatch.setitem(kinds.kinds, "tests.greeting", replace(kind, ways_out=ways_out))
    greet(UserFactory())
    outbox.drain()
    assert [message.extra_headers for message in mail.outbox] == [{}]


def test_the_ways_out_of_a_kind_that_is_gone_are_none():
    assert list(kinds.ways_out_of("no.such.kind", {})) == []
