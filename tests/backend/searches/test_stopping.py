"""The link in a mail: signed, works signed out, asks at a GET, acts at a POST, and stops only what it names."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client

from backend.audit.models import AuditEntry
from backend.searches import domain, links
from backend.searches.models import SavedSearch
from tests.backend.positions.conftest import student_of
from tests.backend.refusals import contents
from tests.backend.searches.conftest import deliver, keep, mailed, publish, told

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def frequencies():
    return [*SavedSearch.objects.order_by("pk").values_list("frequency", flat=True)]


def path_in(header):
    """The path of an address in angle brackets."""
    return re.fullmatch(r"<http://127\.0\.0\.1:8000(/positions/alerts/[^>]+/)>", header)[1]


def letter():
    """The mail about searches, and there is one."""
    (found,) = [message for message in mail.outbox if message.extra_headers]
    return found


def test_a_mail_says_in_its_head_and_at_its_end_how_to_stop_it(student, company):
    search = keep(student, frequency="instant")
    publish(company)
    deliver()
    deliver(timedelta(minutes=1))
    path = links.stopping(links.ONE, search.pk)
    assert letter().extra_headers == {
        "List-Unsubscribe": f"<http://127.0.0.1:8000{path}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert f"不再接收此搜索的提醒：\nhttp://127.0.0.1:8000{path}" in letter().body


def test_the_day_s_mail_stops_itself_or_each_of_its_searches(student, company):
    first, second = keep(student), keep(student, "q=操作", place=2, name="操作")
    keep(student, "q=会计", place=3)
    publish(company)
    deliver()
    domain.send_digests()
    deliver()
    body = letter().body
    assert path_in(letter().extra_headers["List-Unsubscribe"]) == links.stopping(links.DAILY, student.pk)
    assert re.findall(r"不再.*：", body) == [
        "不再接收每日邮件：",
        "不再接收“数控”的提醒：",
        "不再接收“操作”的提醒：",
    ]
    assert [links.stopping(links.ONE, row.pk) in body for row in (first, second)] == [True, True]


def test_other_mail_has_no_such_head(company):
    from backend.notifications.domain import notify

    notify(
        user_ids=[student_of(company.school).pk],
        kind="positions_claimed",
        dedupe_key="k",
        number=1,
        company="甲",
    )
    deliver()
    assert [message.extra_headers for message in mail.outbox] == [{}]


@pytest.mark.parametrize("kind", [links.ONE, links.DAILY])
def test_looking_at_the_link_changes_nothing(student, kind):
    search = keep(student)
    path = links.stopping(kind, search.pk if kind == links.ONE else student.pk)
    before = contents(SavedSearch)
    answer = Client().get(path)
    assert (answer.status_code, contents(SavedSearch)) == (200, before)
    assert '<form method="post"' in answer.content.decode()


def test_one_click_stops_one_search_signed_out_and_without_a_token(student):
    search = keep(student, frequency="instant")
    keep(student, "q=焊工", place=2, frequency="instant")
    mail_program = Client(enforce_csrf_checks=True)
    answer = mail_program.post(links.stopping(links.ONE, search.pk), ONE_CLICK)
    assert (answer.status_code, frequencies()) == (200, ["off", "instant"])
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_role, entry.target_id, entry.before, entry.after) == (
        "search.stopped", "anonymous", search.pk, "instant", "off",
    )  # fmt: skip


def test_one_click_stops_the_day_s_mail_and_nothing_else(student, company):
    keep(student)
    keep(student, "q=焊工", place=2, frequency="instant")
    keep(student, "q=会计", place=3)
    keep(student_of(company.school))
    Client().post(links.stopping(links.DAILY, student.pk), ONE_CLICK)
    assert frequencies() == ["off", "instant", "off", "daily"]


def test_pressed_twice_it_leaves_one_line(student):
    search = keep(student)
    for _ in range(2):
        assert Client().post(links.stopping(links.ONE, search.pk), ONE_CLICK).status_code == 200
    assert (frequencies(), AuditEntry.objects.count()) == (["off"], 1)


def test_after_it_nothing_more_is_told(student, company):
    search = keep(student, frequency="instant")
    publish(company)
    deliver()
    Client().post(links.stopping(links.ONE, search.pk), ONE_CLICK)
    deliver(timedelta(minutes=1))
    assert (told(), mailed(), domain.send_digests()) == ([], [], 0)


def test_a_search_that_is_gone_says_so(student):
    search = keep(student)
    path = links.stopping(links.ONE, search.pk)
    search.delete()
    page = Client().get(path).content.decode()
    assert "此搜索已不再保存" in page
    assert '<form method="post" class="form-actions"' not in page
    assert Client().post(path, ONE_CLICK).status_code == 200


@pytest.mark.parametrize(
    "signed",
    [
        "nonsense",
        "W10:1:x",
        signing.Signer().sign_object(["search", 1]),
        signing.Signer(salt="searches.other").sign_object(["search", 1]),
        links.SIGNER.sign_object({"search": 1}),
        links.SIGNER.sign_object(["search"]),
        links.SIGNER.sign_object(["school", 1]),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_we_did_not_sign_for_this_is_not_found(student, signed, method):
    keep(student)
    answer = getattr(Client(), method)(f"/positions/alerts/{signed}/")
    assert (answer.status_code, frequencies()) == (404, ["daily"])


def test_a_link_whose_number_was_changed_is_not_found(student):
    search = keep(student)
    own, other = links.stopping(links.ONE, search.pk), links.stopping(links.ONE, search.pk + 1)
    forged = other.split(":")[0] + ":" + own.split(":", 1)[1]
    assert (Client().post(forged).status_code, frequencies()) == (404, ["daily"])
