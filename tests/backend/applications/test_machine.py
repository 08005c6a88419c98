"""The whole machine of an application: every event, by everybody, from every stage; and who hears of it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from backend.applications import domain
from backend.applications.apps import SENTENCES
from backend.applications.enums import TRANSITIONS, ApplicationStatus
from backend.applications.models import Application, ApplicationNote, Offer
from backend.audit.models import AuditEntry
from backend.common import clock, outbox
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.notifications.kinds import kinds
from backend.notifications.models import Notification
from tests.backend.applications.test_rules import EVERYBODY, OWN, SEES
from tests.backend.racing import race
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, OfferFactory
from tests.factories.companies import RecruiterFactory

S = ApplicationStatus
OPEN_STAGES = [S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW, S.OFFER]


def viewed(**who):
    return domain.move_application(to="viewed", **who)


def shortlisted(**who):
    return domain.move_application(to="shortlisted", message="恭喜", **who)


def interview(**who):
    return domain.move_application(to="interview", **who)


def declined(**who):
    return domain.move_application(to="declined", message="岗位已满", **who)


def offer(**who):
    terms = {"salary": 6500, "starts_on": clock.today(), "deadline": clock.now() + timedelta(days=5)}
    return domain.make_offer(**terms, **who)


def note(**who):
    return domain.add_note(text="不错", **who)


def rate(**who):
    return domain.rate(rating=4, **who)


def any_stage(after=None):
    return {status: after or status for status in S}


def stages_before(after):
    return {before: after for before in S if after in TRANSITIONS[before]}


# Event: (who may, {stage before: stage after}).
EVENTS = {
    viewed: (OWN, stages_before(S.VIEWED)),
    shortlisted: (OWN, stages_before(S.SHORTLISTED)),
    interview: (OWN, stages_before(S.INTERVIEW)),
    declined: (OWN, stages_before(S.DECLINED)),
    offer: (OWN, stages_before(S.OFFER)),
    note: (OWN, any_stage()),
    rate: (OWN, any_stage()),
    domain.withdraw: ({"student"}, dict.fromkeys(OPEN_STAGES, S.WITHDRAWN)),
    domain.accept_offer: ({"student"}, {S.OFFER: S.HIRED}),
    domain.refuse_offer: ({"student"}, {S.OFFER: S.REFUSED}),
    domain.open_application: (SEES, any_stage()),
}


def put(application, status):
    """Bring the application to a stage past the domain, with what belongs to it."""
    Application.objects.filter(pk=application.pk).update(status=status)
    Offer.objects.filter(application=application).delete()
    if status == S.OFFER:
        OfferFactory(application=application)


def expected(event, who, before):
    """The stage after the event, or the refusal: visible first, then allowed, then possible."""
    allowed, table = EVENTS[event]
    if who not in SEES:
        return NotFound, "not_found"
    if who not in allowed:
        return NotAllowed, "not_allowed"
    if event is domain.open_application and who in OWN and before == S.NEW:
        return S.VIEWED
    return table.get(before, (Conflict, "wrong_state"))


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_by_everybody_from_every_stage(people, application, event, who):
    for before in S:
        put(application, before)
        after = expected(event, who, before)
        if isinstance(after, tuple):
            with refused(*after, Application, ApplicationNote, Offer):
                event(actor=people[who], application_id=application.pk)
            continue
        with transaction.atomic():
            event(actor=people[who], application_id=application.pk)
            application.refresh_from_db()
            assert application.status == after
            transaction.set_rollback(True)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_number_nobody_has_is_not_found(people, event):
    for who in EVERYBODY:
        with refused(NotFound, "not_found", Application):
            event(actor=people[who], application_id=987_654)


def test_every_arrow_of_the_table_belongs_to_somebody():
    arrows = {(before, after) for before, reached in TRANSITIONS.items() for after in reached}
    done = {
        (before, after)
        for _who, table in EVENTS.values()
        for before, after in table.items()
        if before != after
    }
    assert done == arrows


def test_the_ends_are_ends():
    assert {status for status in S if not TRANSITIONS[status]} == {
        S.HIRED,
        S.DECLINED,
        S.REFUSED,
        S.WITHDRAWN,
    }


# Who hears of it, how often, in which words

TOLD = {
    viewed: (S.NEW, "student", "application_viewed"),
    shortlisted: (S.NEW, "student", "application_shortlisted"),
    interview: (S.VIEWED, "student", "application_interview"),
    declined: (S.VIEWED, "student", "application_declined"),
    offer: (S.INTERVIEW, "student", "application_offer"),
    domain.withdraw: (S.NEW, "company", "application_withdrawn"),
    domain.accept_offer: (S.OFFER, "company", "application_hired"),
    domain.refuse_offer: (S.OFFER, "company", "application_refused"),
}


@pytest.mark.parametrize("event", TOLD, ids=lambda event: event.__name__)
def test_the_other_side_hears_of_each_step_once_and_nobody_else(people, application, event):
    before, side, kind = TOLD[event]
    company = application.position.company
    users = {
        "student": [MembershipFactory(of_student=True, student=application.student).user_id],
        "company": [RecruiterFactory(company=company).user_id for _ in range(2)],
    }
    MembershipFactory(school=application.student.school)
    RecruiterFactory()
    put(application, before)
    actor = people["student" if side == "company" else "recruiter"]
    event(actor=actor, application_id=application.pk)
    rows = Notification.objects.order_by("pk").values_list("user_id", "kind", "url")
    assert list(rows) == [(user, kind, f"/applications/{application.pk}/") for user in users[side]]


@pytest.mark.parametrize("kind", SENTENCES)
def test_each_sentence_names_position_and_people_in_both_languages(application, kind):
    user = MembershipFactory(of_student=True, student=application.student).user
    row = Notification(
        user=user, kind=kind, params={"position": "焊工", "company": "晨光制造", "student": "林岚"}
    )
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = str(row.text)
    bare = [text.replace("焊工", "").replace("晨光制造", "").replace("林岚", "") for text in said.values()]
    assert all("焊工" in text and "%(" not in text for text in said.values())
    assert (bare[0].replace("“", "").replace("”", "").isascii(), bare[1].isascii()) == (True, False)


def test_everything_is_mailed_but_that_somebody_looked():
    mailed = {name for name in SENTENCES if kinds[name].mail}
    assert set(SENTENCES) - mailed == {"application_viewed"}


def test_a_step_is_mailed_once_however_often_the_worker_runs(people, application, student_user, mailoutbox):
    shortlisted(actor=people["recruiter"], application_id=application.pk)
    for _ in range(3):
        outbox.drain()
    assert [message.to for message in mailoutbox] == [[student_user.email]]
    assert OutboxEntry.objects.count() == 0


def test_an_applicant_without_an_account_is_told_nothing_and_the_step_is_taken(people, application):
    declined(actor=people["recruiter"], application_id=application.pk)
    application.refresh_from_db()
    assert (application.status, Notification.objects.count()) == (S.DECLINED, 0)


STEPS = [
    (viewed, S.NEW, ""),
    (shortlisted, S.NEW, "恭喜"),
    (interview, S.VIEWED, ""),
    (declined, S.INTERVIEW, "岗位已满"),
    (offer, S.SHORTLISTED, ""),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[0].__name__)
def test_each_step_is_a_row_the_student_reads_and_one_in_the_trail(people, application, step):
    event, before, message = step
    put(application, before)
    clock.advance(timedelta(hours=2))
    event(actor=people["recruiter"], application_id=application.pk)
    application.refresh_from_db()
    assert list(application.steps.values_list("status", "message", "at", "by_role")) == [
        (application.status, message, clock.now(), "recruiter")
    ]
    trail = AuditEntry.objects.get()
    assert (trail.verb, trail.before, trail.after, trail.reason, trail.company_id) == (
        f"application.{application.status}",
        before,
        application.status,
        message,
        application.position.company_id,
    )
    assert application.version == 2


DUE = {
    viewed: (S.NEW, "unchanged"),
    shortlisted: (S.NEW, timedelta(days=7)),
    interview: (S.SHORTLISTED, timedelta(days=7)),
    offer: (S.INTERVIEW, timedelta(days=5)),
    declined: (S.VIEWED, None),
    domain.withdraw: (S.VIEWED, None),
    domain.accept_offer: (S.OFFER, None),
    domain.refuse_offer: (S.OFFER, None),
}


@pytest.mark.parametrize("event", DUE, ids=lambda event: event.__name__)
def test_each_step_says_when_the_next_answer_is_due(people, application, event):
    before, due = DUE[event]
    put(application, before)
    Application.objects.update(reminded_at=clock.now())
    first = application.due_at
    clock.advance(timedelta(hours=5))
    who = "student" if EVENTS[event][0] == {"student"} else "recruiter"
    event(actor=people[who], application_id=application.pk)
    application.refresh_from_db()
    if due == "unchanged":
        assert application.due_at == first
        assert application.reminded_at is not None
        return
    assert application.due_at == (None if due is None else clock.now() + due)
    assert application.reminded_at is None


# Several people at once, on real connections


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["accept", "refuse", "withdraw"])
def test_of_a_student_and_a_company_that_answer_at_once_one_is_heard(people, application, first):
    put(application, S.OFFER)
    acts = {
        "accept": domain.accept_offer,
        "refuse": domain.refuse_offer,
        "withdraw": domain.withdraw,
        "decline": declined,
    }
    steps = [(acts[first], people["student"]), (declined, people["recruiter"])]
    results = race(lambda n: steps[n][0](actor=steps[n][1], application_id=application.pk).status)
    kept = [result for result in results if isinstance(result, str)]
    application.refresh_from_db()
    assert [type(result) for result in results if not isinstance(result, str)] == [Conflict]
    assert (kept, application.steps.count(), application.version) == ([application.status], 1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_who_look_at_once_make_one_step(people, application):
    def look(_index):
        return domain.open_application(actor=people["recruiter"], application_id=application.pk).status

    results = race(look, threads=3)
    application.refresh_from_db()
    assert {result for result in results if isinstance(result, str)} == {S.VIEWED}
    assert (application.status, application.steps.count()) == (S.VIEWED, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(application, recruiter_user):
    ApplicationFactory.create_batch(
        2, position=application.position, student__school=application.student.school
    )
    clock.advance(timedelta(days=6))
    assert sum(race(lambda _: domain.remind_due(), threads=3)) == 3
    assert (
        list(Notification.objects.values_list("user_id", "kind")) == [(recruiter_user.pk, "answer_due")] * 3
    )


@pytest.mark.django_db(transaction=True)
def test_bulk_answers_of_two_recruiters_at_once_answer_each_applicant_once(people, application):
    others = ApplicationFactory.create_batch(
        2, position=application.position, student__school=application.student.school
    )
    ids = [application.pk, *(row.pk for row in others)]
    results = race(
        lambda _: domain.bulk_move(actor=people["recruiter"], application_ids=ids, to="declined").moved
    )
    assert sorted(pk for moved in results if isinstance(moved, list) for pk in moved) == ids
    assert set(Application.objects.values_list("status", "version")) == {("declined", 2)}
