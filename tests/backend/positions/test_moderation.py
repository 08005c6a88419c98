"""Staff look at a position: what they decide, who hears it, in which words, and how often."""

from datetime import timedelta

import pytest
from django.utils import translation

from backend.accounts.actor import actor_of
from backend.accounts.enums import Role
from backend.common import clock, outbox
from backend.common.errors import Conflict, Invalid
from backend.common.models import OutboxEntry
from backend.companies.models import Company
from backend.notifications.models import Notification
from backend.positions import domain
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

S = PositionStatus


def told():
    return list(Notification.objects.order_by("pk").values_list("user_id", "kind"))


def sentences():
    """What each person reads, in English and in Chinese."""
    row = Notification.objects.get()
    said = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said.append(row.text)
    return said


@pytest.fixture
def waiting(company):
    return PositionFactory(company=company, in_review=True, title="焊工", review_reason="Imported: no duties")


def test_publishing_sets_both_dates_and_forgets_the_reason(clerk, waiting):
    clock.advance(timedelta(hours=3))
    domain.decide_position(actor=clerk, position_id=waiting.pk, publish=True, reason="不看")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.published_at, waiting.review_reason) == (S.PUBLISHED, clock.now(), "")
    assert waiting.expires_at == domain.end_of(waiting.deadline)
    assert last_trail() == ("position.published", "in_review", "published", "positions.position", waiting.pk)


def test_publishing_again_is_a_new_publication(recruiter, clerk, company):
    row = PositionFactory(company=company, published=True)
    first = row.published_at
    domain.take_down_position(actor=clerk, position_id=row.pk, reason="核实中")
    clock.advance(timedelta(days=2))
    domain.decide_position(actor=clerk, position_id=row.pk, publish=True)
    row.refresh_from_db()
    assert (row.published_at - first, row.version) == (timedelta(days=2), 3)
    assert [kind for _user, kind in told()] == ["position_taken_down", "position_published"]


def test_every_recruiter_of_the_company_is_told_and_nobody_else(clerk, company, waiting):
    here = [RecruiterFactory(company=company, owner=owner).user_id for owner in (True, False)]
    RecruiterFactory(company=company, ended_at=clock.now())
    RecruiterFactory(company=CompanyFactory(school=company.school))
    domain.decide_position(actor=clerk, position_id=waiting.pk, publish=True)
    assert told() == [(user, "position_published") for user in here]


def test_whole_school_staff_hear_of_a_submission_and_nobody_else(recruiter, clerk, company):
    company.school.alliance = AllianceFactory()
    company.school.save()
    colleague = MembershipFactory(school=company.school).user_id
    MembershipFactory(school=company.school, department=DepartmentFactory(school=company.school))
    MembershipFactory(school=SchoolFactory(alliance=company.school.alliance))
    MembershipFactory(role=Role.OPERATOR, school=None)
    row = PositionFactory(company=company)
    domain.submit_position(actor=recruiter, position_id=row.pk)
    assert told() == [(user, "position_submitted") for user in sorted([clerk.user_id, colleague])]


def test_each_submission_is_told_once_and_a_second_one_again(recruiter, clerk, company):
    row = PositionFactory(company=company)
    for _ in range(2):
        domain.submit_position(actor=recruiter, position_id=row.pk)
        domain.withdraw_position(actor=recruiter, position_id=row.pk)
    assert told() == [(clerk.user_id, "position_submitted")] * 2
    keys = list(Notification.objects.values_list("dedupe_key", flat=True))
    assert len(set(keys)) == 2


WORDS = {
    "publish": ({"publish": True}, "“焊工” is published."),
    "send back": (
        {"publish": False, "reason": " 薪资不实 "},
        "“焊工” was sent back: 薪资不实",
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_decision_is_said_in_both_languages(recruiter, clerk, waiting, case):
    values, english = WORDS[case]
    domain.decide_position(actor=clerk, position_id=waiting.pk, **values)
    said = sentences()
    assert said[0] == english
    assert "焊工" in said[1]
    assert not said[1].replace("焊工", "").replace("薪资不实", "").isascii()
    assert Notification.objects.get().url == f"/company/positions/{waiting.pk}/"


def test_taking_down_is_said_in_both_languages(recruiter, clerk, company):
    row = PositionFactory(company=company, published=True, title="焊工")
    domain.take_down_position(actor=clerk, position_id=row.pk, reason="举报核实中")
    assert sentences()[0] == "“焊工” was taken down: 举报核实中"


def test_a_decision_is_mailed_once_per_recruiter(recruiter, clerk, waiting, mailoutbox):
    domain.decide_position(actor=clerk, position_id=waiting.pk, publish=True)
    outbox.drain()
    outbox.drain()
    assert [message.to for message in mailoutbox] == [
        [Notification.objects.get().user.email],
    ]
    assert "焊工" in mailoutbox[0].subject + mailoutbox[0].body


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_sending_back_and_taking_down_need_a_reason(recruiter, clerk, company, waiting, reason):
    public = PositionFactory(company=company, published=True)
    with refused(Invalid, "invalid", Position, fields=["reason"]):
        domain.decide_position(actor=clerk, position_id=waiting.pk, publish=False, reason=reason)
    with refused(Invalid, "invalid", Position, fields=["reason"]):
        domain.take_down_position(actor=clerk, position_id=public.pk, reason=reason)


def test_a_reason_is_kept_trimmed_on_the_row_and_in_the_trail(recruiter, clerk, waiting):
    domain.decide_position(actor=clerk, position_id=waiting.pk, publish=False, reason="\n 请写明班次 ")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.review_reason) == (S.DRAFT, "请写明班次")
    assert Notification.objects.get().params["reason"] == "请写明班次"


def test_submitting_again_forgets_why_it_was_sent_back(recruiter, clerk, waiting):
    domain.decide_position(actor=clerk, position_id=waiting.pk, publish=False, reason="请写明班次")
    domain.submit_position(actor=recruiter, position_id=waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.review_reason) == (S.IN_REVIEW, "")


UNLAWFUL = {
    "duties": {"duties": ""},
    "conditions": {"conditions": ""},
    "place": {"place": ""},
    "salary_max salary_min": {"salary_min": None, "salary_max": None},
    "title": {"title": "限男性焊工"},
}


@pytest.mark.parametrize("named", UNLAWFUL)
def test_staff_cannot_publish_what_the_law_forbids(recruiter, clerk, company, named):
    row = PositionFactory(company=company, in_review=True, **UNLAWFUL[named])
    with refused(Invalid, "unlawful", Position, fields=named.split()):
        domain.decide_position(actor=clerk, position_id=row.pk, publish=True)


@pytest.mark.parametrize("named", UNLAWFUL)
def test_a_company_cannot_submit_what_the_law_forbids(recruiter, company, named):
    row = PositionFactory(company=company, **UNLAWFUL[named])
    with refused(Invalid, "unlawful", Position, fields=named.split()):
        domain.submit_position(actor=recruiter, position_id=row.pk)


def test_staff_cannot_publish_after_the_last_day(recruiter, clerk, waiting):
    clock.advance(timedelta(days=60))
    with refused(Invalid, "unlawful", Position, fields=["deadline"]):
        domain.decide_position(actor=clerk, position_id=waiting.pk, publish=True)


def test_a_soft_finding_does_not_keep_a_position_from_being_published(clerk, company):
    row = PositionFactory(company=company, in_review=True, conditions="35岁以下；985优先")
    assert domain.decide_position(actor=clerk, position_id=row.pk, publish=True).status == S.PUBLISHED


def test_an_unlawful_term_is_quoted_with_the_rule_it_breaks(recruiter, company):
    row = PositionFactory(company=company, duties="限男性；缴纳押金")
    with translation.override("en"), pytest.raises(Invalid) as caught:
        domain.submit_position(actor=recruiter, position_id=row.pk)
    with translation.override("en"):
        said = [str(text) for text in caught.value.fields["duties"]]
    assert said[0].startswith("“限男性” may not stand here: 《就业促进法》第二十七条")
    assert said[1].startswith("“缴纳押金” may not stand here: 《劳动合同法》第九条")


STATES = ["draft", "submitted", "rejected", "suspended", "expired"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", ["staff", "operator"])
def test_nobody_publishes_for_a_company_that_is_not_vetted(people, company, waiting, state, who):
    bad = CompanyFactory.build(school=company.school, **({state: True} if state != "draft" else {}))
    Company.objects.filter(pk=company.pk).update(status=bad.status, vetted_until=bad.vetted_until)
    with refused(Conflict, "company_not_verified", Position):
        domain.decide_position(actor=people[who], position_id=waiting.pk, publish=True)


@pytest.mark.parametrize(("seconds", "possible"), [(-1, True), (0, False)])
def test_publishing_is_possible_until_the_second_the_vetting_ends(clerk, company, seconds, possible):
    row = PositionFactory(company=company, in_review=True, deadline=clock.today() + timedelta(days=300))
    clock.advance(timedelta(days=183, seconds=seconds))
    if possible:
        assert domain.decide_position(actor=clerk, position_id=row.pk, publish=True).status == S.PUBLISHED
        return
    with refused(Conflict, "company_not_verified", Position):
        domain.decide_position(actor=clerk, position_id=row.pk, publish=True)


def test_sending_back_is_possible_for_a_company_that_is_not_vetted(frozen_now, db):
    row = PositionFactory(company=CompanyFactory(submitted=True), in_review=True)
    person = actor_of(MembershipFactory(school=row.company.school).user)
    assert (
        domain.decide_position(actor=person, position_id=row.pk, publish=False, reason="x").status == S.DRAFT
    )


@pytest.mark.parametrize("resumed_after", [timedelta(days=59), timedelta(days=60)])
def test_a_pause_is_not_longer_than_the_position_is_valid(recruiter, company, resumed_after):
    row = PositionFactory(company=company, published=True, status=S.PAUSED)
    clock.advance(resumed_after)
    if resumed_after < timedelta(days=60):
        domain.resume_position(actor=recruiter, position_id=row.pk)
        row.refresh_from_db()
        assert row.status == S.PUBLISHED
        return
    with refused(Invalid, "unlawful", Position, fields=["deadline"]):
        domain.resume_position(actor=recruiter, position_id=row.pk)


def test_steps_that_hide_or_show_are_put_down_for_the_index_and_others_are_not(recruiter, clerk, company):
    row = PositionFactory(company=company)
    steps = [
        (domain.submit_position, recruiter, {}),
        (domain.withdraw_position, recruiter, {}),
        (domain.submit_position, recruiter, {}),
        (domain.decide_position, clerk, {"publish": True}),
        (domain.pause_position, recruiter, {}),
        (domain.resume_position, recruiter, {}),
        (domain.close_position, recruiter, {}),
    ]
    put_down = []
    for act, person, values in steps:
        OutboxEntry.objects.all().delete()
        act(actor=person, position_id=row.pk, **values)
        put_down.append(OutboxEntry.objects.filter(topic="positions.index").count())
    assert put_down == [1, 0, 1, 1, 1, 1, 1]
