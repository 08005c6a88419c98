"""Each match is told once: at once, or on the morning where the owner's school is, in the owner's language."""

from datetime import timedelta

import pytest
from django.core import mail

from backend.accounts.models import Membership, User
from backend.common import clock, failpoints
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification
from backend.positions.models import Position
from backend.schools.models import School
from backend.searches import domain
from backend.searches.domain import telling
from backend.searches.models import AlertedMatch, SavedSearch
from tests.backend.positions.conftest import student_of
from tests.backend.racing import race
from tests.backend.searches.conftest import deliver, keep, mailed, publish, told
from tests.factories.companies import CompanyFactory
from tests.factories.schools import AllianceFactory, SchoolFactory

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Crash(BaseException):
    """The process ends here."""


def die():
    raise Crash


def digests():
    """(whose, how many, what) of the messages of the day, in order."""
    rows = Notification.objects.filter(kind="searches_digest").order_by("pk")
    return [(row.user_id, row.params["number"], row.params["found"]) for row in rows]


def untold():
    return AlertedMatch.objects.filter(told_at__isnull=True).count()


def test_at_once_means_within_a_minute_in_the_product_and_by_mail(student, company):
    search = keep(student, frequency="instant")
    row = publish(company)
    deliver()
    deliver(MINUTE)
    assert told() == [(student.pk, "search_found", "数控操作员（示例机械）")]
    notice = Notification.objects.get(kind="search_found")
    assert (notice.url, notice.params["number"]) == (f"/me/searches/{search.pk}/", 1)
    assert notice.text == "您保存的搜索“数控”有 1 个新岗位：数控操作员（示例机械）。"
    assert mailed() == [student.email]
    assert AlertedMatch.objects.get(position=row).told_at == clock.now()


def test_what_comes_within_seconds_is_one_message_that_names_five(student, company):
    keep(student, frequency="instant")
    for number in range(7):
        publish(company, f"数控{number}")
        deliver()
        clock.advance(timedelta(seconds=1))
    deliver(MINUTE)
    assert told() == [
        (student.pk, "search_found", "；".join(f"数控{n}（示例机械）" for n in (6, 5, 4, 3, 2)) + "…")
    ]
    assert (Notification.objects.get(kind="search_found").params["number"], untold()) == (7, 0)


def test_told_once_however_often_the_message_comes(student, company):
    search = keep(student, frequency="instant")
    publish(company)
    deliver()
    deliver(MINUTE)
    for _ in range(3):
        domain.tell_at_once([{"search": search.pk}, {"search": search.pk + 1000}])
    deliver(MINUTE)
    assert (len(told()), len(mailed())) == (1, 1)
    publish(company, "数控编程")
    deliver()
    deliver(MINUTE)
    assert [positions for _owner, _kind, positions in told()] == [
        "数控操作员（示例机械）",
        "数控编程（示例机械）",
    ]


def test_a_worker_that_dies_after_telling_tells_nothing_twice(student, company):
    search = keep(student, frequency="instant")
    publish(company)
    deliver()
    with failpoints.armed("outbox.after_handler", die), pytest.raises(Crash):
        deliver(MINUTE)
    deliver(MINUTE * 2)
    assert (len(told()), len(mailed()), untold()) == (1, 1, 0)
    assert not OutboxEntry.objects.filter(payload={"search": search.pk}).exists()


def both_tell(search):
    return race(lambda index: domain.tell_at_once([{"search": search.pk}]))


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_a_match_once(company):
    owner = student_of(company.school)
    search = keep(owner, frequency="instant")
    publish(company)
    deliver()
    assert both_tell(search) == [None, None]
    deliver(MINUTE)
    assert (len(told()), len(mailed())) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_mark_and_the_key_of_the_last_match_two_workers_tell_it_twice(
    company, monkeypatch
):
    numbers = iter(range(100))
    real = telling.notify
    monkeypatch.setattr(telling, "_mark", lambda matches: None)
    monkeypatch.setattr(
        telling, "notify", lambda **said: real(**said | {"dedupe_key": f"other:{next(numbers)}"})
    )
    search = keep(student_of(company.school), frequency="instant")
    publish(company)
    deliver()
    both_tell(search)
    assert len(told()) == 2


@pytest.mark.parametrize("frequency", ["off", "daily"])
def test_who_did_not_ask_to_hear_at_once_does_not(student, company, frequency):
    search = keep(student, frequency=frequency)
    publish(company)
    deliver()
    domain.tell_at_once([{"search": search.pk}])
    deliver(MINUTE)
    assert (told(), mailed(), untold()) == ([], [], 1)


@pytest.mark.parametrize("change", ["closed", "paused", "company suspended", "account closed", "left school"])
@pytest.mark.parametrize("frequency", ["instant", "daily"])
def test_what_may_not_be_seen_any_more_is_not_told(student, company, change, frequency):
    keep(student, frequency=frequency)
    row = publish(company)
    deliver()
    match change:
        case "company suspended":
            type(company).objects.filter(pk=company.pk).update(status="suspended")
        case "account closed":
            User.objects.filter(pk=student.pk).update(is_active=False)
        case "left school":
            Membership.objects.filter(user=student).update(ended_at=clock.now())
        case _:
            Position.objects.filter(pk=row.pk).update(status=change)
    deliver(MINUTE)
    domain.send_digests()
    assert (told(), digests(), mailed(), untold()) == ([], [], [], 1)


def test_a_position_of_a_school_that_left_the_circle_is_not_told(student, company):
    alliance = AllianceFactory()
    other = CompanyFactory(verified=True, school=SchoolFactory(alliance=alliance))
    School.objects.filter(pk=company.school_id).update(alliance=alliance)
    keep(student, frequency="instant")
    publish(other)
    deliver()
    School.objects.filter(pk=company.school_id).update(alliance=None)
    deliver(MINUTE)
    assert (told(), untold()) == ([], 1)


@pytest.mark.parametrize("frequency", ["instant", "daily"])
def test_who_has_no_role_for_the_time_being_is_not_told(student, company, frequency):
    """The school is closed, the position is of another school of the circle and stays open to visitors."""
    alliance = AllianceFactory()
    other = CompanyFactory(verified=True, school=SchoolFactory(alliance=alliance))
    School.objects.filter(pk=company.school_id).update(alliance=alliance)
    keep(student, frequency=frequency)
    publish(other)
    deliver()
    assert untold() == 1
    School.objects.filter(pk=company.school_id).update(suspended_at=clock.now(), suspended_reason="整改")
    deliver(MINUTE)
    assert (domain.send_digests(), told(), digests(), untold()) == (0, [], [], 1)


def test_the_day_s_message_is_one_for_all_searches(student, company):
    keep(student, name="数控")
    keep(student, "q=焊工", place=2, name="焊工")
    keep(student, "q=会计", place=3, name="会计")
    publish(company, "数控操作员")
    publish(company, "数控编程")
    publish(company, "焊工")
    deliver()
    assert domain.send_digests() == 1
    found = "【数控】数控编程（示例机械）；数控操作员（示例机械） 【焊工】焊工（示例机械）"
    # The skills of every position of the factory hold 数控.
    assert digests()[0][:2] == (student.pk, 3)
    assert found.split(" ")[1] in digests()[0][2]
    assert Notification.objects.get(kind="searches_digest").url == "/me/searches/"
    deliver()
    assert (mailed(), untold()) == ([student.email], 0)


def test_one_message_a_day_and_the_rest_on_the_next(student, company):
    keep(student)
    publish(company, "数控一")
    deliver()
    assert [domain.send_digests(), domain.send_digests()] == [1, 0]
    publish(company, "数控二")
    deliver()
    clock.advance(timedelta(hours=1))
    assert (domain.send_digests(), untold()) == (0, 1)
    clock.advance(DAY)
    assert (domain.send_digests(), untold()) == (1, 0)
    assert [found for _owner, _number, found in digests()] == [
        "【数控】数控一（示例机械）", "【数控】数控二（示例机械）",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Asia/Shanghai", range(8, 12)), ("Asia/Urumqi", range(10, 14)), ("Europe/Berlin", range(15, 19))],
)
def test_morning_is_where_the_school_is(student, company, zone, hours):
    """Hours of Shanghai at which a message would go to a school in another time zone."""
    School.objects.update(time_zone=zone)
    keep(student)
    publish(company)
    deliver()
    midnight = clock.now() + timedelta(hours=15)
    clock.advance(timedelta(hours=15))
    sent = []
    for hour in range(24):
        AlertedMatch.objects.update(told_at=None)
        Notification.objects.all().delete()
        if domain.send_digests():
            sent.append(hour)
        clock.advance(timedelta(hours=1))
    assert (midnight.hour, sent) == (16, list(hours))


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_the_day_s_message_once(company):
    keep(student_of(company.school))
    publish(company)
    deliver()
    assert sorted(race(lambda index: domain.send_digests())) == [0, 1]
    deliver()
    assert (len(digests()), len(mailed())) == (1, 1)


def test_messages_are_in_the_owner_s_language(company):
    chinese, english = student_of(company.school), student_of(company.school)
    User.objects.filter(pk=english.pk).update(language="en")
    for owner in (chinese, english):
        keep(owner)
    publish(company)
    deliver()
    assert domain.send_digests() == 2
    deliver()
    assert [(message.to, message.subject) for message in mail.outbox if message.extra_headers] == [
        ([chinese.email], "您保存的搜索有 1 个新岗位：【数控】数控操作员（示例机械）。"),
        ([english.email], "1 new for the searches you saved: 【数控】数控操作员（示例机械）."),
    ]


@pytest.mark.parametrize("to", ["daily", "instant"])
def test_who_wants_to_hear_again_hears_of_what_comes_from_then_on(me, student, company, to):
    search = keep(student, frequency="off")
    publish(company, "数控一")
    deliver()
    domain.change_search(actor=me, search_id=search.pk, values={"frequency": to})
    publish(company, "数控二")
    deliver()
    deliver(MINUTE)
    domain.send_digests()
    sentences = [found for _o, _k, found in told()] + [found for _o, _n, found in digests()]
    assert [sentence.removeprefix("【数控】") for sentence in sentences] == ["数控二（示例机械）"]


def test_from_daily_to_at_once_tells_what_waits(me, student, company):
    search = keep(student)
    publish(company)
    deliver()
    domain.change_search(actor=me, search_id=search.pk, values={"frequency": "instant"})
    deliver(MINUTE)
    assert (len(told()), untold(), domain.send_digests()) == (1, 0, 0)


def test_the_day_s_messages_take_three_queries_where_nothing_waits(company, django_assert_num_queries):
    for _ in range(3):
        keep(student_of(company.school))
    with django_assert_num_queries(2):
        assert domain.send_digests() == 0
    assert SavedSearch.objects.count() == 3
