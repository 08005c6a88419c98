"""The whole machine: every event, by everybody, from every status, and the races between two of them."""

import threading

import pytest
from django.utils import translation

from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.common.transitions import move
from backend.positions import domain
from backend.positions.enums import TRANSITIONS, PositionStatus
from backend.positions.models import Position, PositionTemplate
from tests.backend.positions.test_queries import SEEN
from tests.backend.racing import race
from tests.backend.refusals import refused
from tests.factories.positions import PositionFactory

S = PositionStatus
OWN, STAFF = {"recruiter", "owner"}, {"staff", "operator"}


def update(**who):
    return domain.update_position(values={"openings": 9}, **who)


def publish(**who):
    return domain.decide_position(publish=True, **who)


def send_back(**who):
    return domain.decide_position(publish=False, reason="薪资不实", **who)


def take_down(**who):
    return domain.take_down_position(reason="核实中", **who)


def save_template(**who):
    return domain.save_template(name="操作类", **who)


# Event: (who may, {status before: status after}).
EVENTS = {
    update: (OWN, {status: status for status in (S.DRAFT, S.PUBLISHED, S.PAUSED, S.EXPIRED)}),
    domain.copy_position: (OWN, {status: status for status in S}),
    save_template: (OWN, {status: status for status in S}),
    domain.submit_position: (OWN, {S.DRAFT: S.IN_REVIEW, S.EXPIRED: S.IN_REVIEW}),
    domain.withdraw_position: (OWN, {S.IN_REVIEW: S.DRAFT}),
    domain.pause_position: (OWN, {S.PUBLISHED: S.PAUSED}),
    domain.resume_position: (OWN, {S.PAUSED: S.PUBLISHED}),
    domain.close_position: (
        OWN,
        dict.fromkeys((S.DRAFT, S.PUBLISHED, S.PAUSED, S.EXPIRED), S.CLOSED),
    ),
    publish: (STAFF, {S.IN_REVIEW: S.PUBLISHED}),
    send_back: (STAFF, {S.IN_REVIEW: S.DRAFT}),
    take_down: (STAFF, {S.PUBLISHED: S.IN_REVIEW, S.PAUSED: S.IN_REVIEW}),
}
CODES = {
    NotFound: {"not_found"},
    NotAllowed: {"not_allowed", "vetting_school_only"},
    Conflict: {"wrong_state"},
}


def expected(event, who, before):
    """The status after the event, or the family of the refusal: visible first, then allowed, then possible."""
    allowed, table = EVENTS[event]
    if before not in SEEN[who]:
        return NotFound
    if who not in allowed:
        return NotAllowed
    return table.get(before, Conflict)


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_by_everybody_from_every_status(people, company, event, who):
    for before in S:
        row = PositionFactory(company=company, published=True, status=before)
        after = expected(event, who, before)
        if not isinstance(after, str):
            code = "vetting_school_only" if after is NotAllowed and EVENTS[event][0] is STAFF else None
            with refused(after, code or sorted(CODES[after])[0], Position, PositionTemplate):
                event(actor=people[who], position_id=row.pk)
            continue
        event(actor=people[who], position_id=row.pk)
        trail = AuditEntry.objects.latest("pk")
        row.refresh_from_db()
        assert (row.status, trail.actor_role) == (after, people[who].role)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_number_nobody_has_is_not_found(people, company, event):
    for who in people:
        with refused(NotFound, "not_found", Position):
            event(actor=people[who], position_id=987_654)


def test_a_wrong_state_names_the_state_in_both_languages(people, company):
    row = PositionFactory(company=company)
    texts = {}
    for language in ("zh-hans", "en"):
        with translation.override(language), pytest.raises(Conflict) as caught:
            domain.resume_position(actor=people["recruiter"], position_id=row.pk)
        with translation.override(language):
            texts[language] = caught.value.text
    assert texts["en"] == "Not possible from “Draft”."
    assert "草稿" in texts["zh-hans"]


VERBS = {
    domain.submit_position: (S.DRAFT, "position.submitted"),
    domain.withdraw_position: (S.IN_REVIEW, "position.withdrawn"),
    domain.pause_position: (S.PUBLISHED, "position.paused"),
    domain.resume_position: (S.PAUSED, "position.resumed"),
    domain.close_position: (S.DRAFT, "position.closed"),
    publish: (S.IN_REVIEW, "position.published"),
    send_back: (S.IN_REVIEW, "position.sent_back"),
    take_down: (S.PUBLISHED, "position.taken_down"),
}


@pytest.mark.parametrize("event", VERBS, ids=lambda event: event.__name__)
def test_each_step_raises_the_version_once_and_leaves_one_audit_row(people, company, event):
    before, verb = VERBS[event]
    row = PositionFactory(company=company, published=True, status=before, version=7)
    who = sorted(EVENTS[event][0])[-1]
    event(actor=people[who], position_id=row.pk)
    row.refresh_from_db()
    entries = AuditEntry.objects.filter(target="positions.position", target_id=row.pk)
    assert row.version == 8
    assert list(entries.values_list("verb", "before", "after")) == [(verb, before, row.status)]


def test_a_second_press_does_not_take_down_what_was_published_meanwhile(people, company):
    row = PositionFactory(company=company)
    domain.submit_position(actor=people["recruiter"], position_id=row.pk)
    publish(actor=people["staff"], position_id=row.pk)
    with refused(Conflict, "wrong_state", Position):
        domain.submit_position(actor=people["recruiter"], position_id=row.pk)


def test_the_operator_takes_down_neither_drafts_nor_what_is_over(people, company):
    for status in (S.DRAFT, S.EXPIRED, S.CLOSED):
        row = PositionFactory(company=company, published=True, status=status)
        with refused(Conflict, "wrong_state", Position):
            take_down(actor=people["operator"], position_id=row.pk)


# Several people at once, on real connections.

AT_ONCE = {
    S.IN_REVIEW: (
        ("recruiter", domain.withdraw_position),
        ("staff", publish),
        ("operator", send_back),
    ),
    S.PUBLISHED: (
        ("recruiter", domain.pause_position),
        ("owner", domain.close_position),
        ("staff", take_down),
    ),
    S.PAUSED: (
        ("recruiter", domain.resume_position),
        ("staff", take_down),
        ("operator", take_down),
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", AT_ONCE)
def test_every_step_that_wins_a_race_was_possible_where_it_started(people, company, before):
    row = PositionFactory(company=company, published=True, status=before)
    steps = AT_ONCE[before]
    results = race(lambda n: steps[n][1](actor=people[steps[n][0]], position_id=row.pk), threads=len(steps))
    lost = [result for result in results if not isinstance(result, Position)]
    assert {type(result) for result in lost} <= {Conflict, NotFound}
    row.refresh_from_db()
    trail = list(AuditEntry.objects.order_by("pk").values_list("before", "after"))
    assert len(trail) == len(steps) - len(lost) == row.version - 1
    # The audit trail is one unbroken walk from where the row stood to where it stands.
    assert [pair[0] for pair in trail] == [before, *[pair[1] for pair in trail[:-1]]]
    assert trail[-1][1] == row.status


def both_read_then_write(row, write):
    """Two clerks who both read the row before either writes: publish it, and send it back."""
    read = threading.Barrier(2)

    def decide(index):
        mine = Position.objects.get(pk=row.pk)
        read.wait(10)
        return write(mine, (S.PUBLISHED, S.DRAFT)[index])

    return race(decide)


@pytest.mark.django_db(transaction=True)
def test_the_conditional_write_lets_one_of_two_readers_through(company):
    row = PositionFactory(company=company, published=True, status=S.IN_REVIEW)
    results = both_read_then_write(row, lambda mine, to: move(mine, to, TRANSITIONS))
    assert len(results) == 2
    assert {type(result) for result in results} == {str, Conflict}
    row.refresh_from_db()
    assert row.version == 2


@pytest.mark.django_db(transaction=True)
def test_control_without_the_condition_both_readers_write(company):
    def save(mine, to):
        mine.status = to
        mine.save(update_fields=["status"])
        return to

    row = PositionFactory(company=company, published=True, status=S.IN_REVIEW)
    assert both_read_then_write(row, save) == [S.PUBLISHED, S.DRAFT]
