"""What has just come into sight is matched, by the search's own question, once, against what everybody keeps."""

from datetime import timedelta
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.actor import actor_of
from backend.accounts.models import Membership, User
from backend.common import clock, outbox
from backend.common.models import OutboxEntry
from backend.companies.models import Company
from backend.positions import domain as positions
from backend.positions import indexing, personal, searching
from backend.positions.models import Position
from backend.schools.models import School
from backend.searches import domain
from backend.searches.domain import finding
from backend.searches.models import AlertedMatch, SeenPosition
from backend.wording.domain.synonyms import save_group
from search import api
from tests.backend.positions.conftest import student_of
from tests.backend.racing import race
from tests.backend.searches.conftest import deliver, keep, look_again, matches, publish
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, OccupationFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def seen():
    """Position → whether it was open when it was last looked at."""
    return dict(SeenPosition.objects.values_list("position_id", "is_open"))


def recruiter_of(company):
    return actor_of(RecruiterFactory(company=company).user)


def test_a_published_position_is_found_by_who_looks_for_it(student, company):
    mine = keep(student)
    keep(student, "q=会计", place=2)
    row = publish(company)
    assert matches() == []
    deliver()
    assert matches() == [(mine.pk, row.pk)]
    match = AlertedMatch.objects.get()
    assert (match.found_at, match.told_at) == (clock.now(), None)
    assert seen() == {row.pk: True}


# Each address, and of five positions those it finds.
QUESTIONS = [
    ({"q": "数控"}, {"数控操作员", "数控编程"}),
    ({"q": "CNC"}, {"数控操作员", "数控编程"}),
    ({"q": "數控"}, {"数控操作员", "数控编程"}),
    ({"q": "developer java"}, {"Java developer"}),
    ({"q": "数控 -编程"}, {"数控操作员"}),
    ({"q": "“数控编程”"}, {"数控编程"}),
    ({"q": "公司:软件"}, {"Java developer"}),
    ({"city": "320500"}, {"Java developer", "会计实习"}),
    ({"province": "320000"}, {"Java developer", "会计实习"}),
    ({"kind": "internship"}, {"会计实习"}),
    ({"education": "any"}, {"保洁"}),
    ({"salary": "9000"}, {"Java developer"}),
    ({"industry": "软件"}, {"Java developer"}),
    ({"company_size": "1-19"}, {"Java developer"}),
    ({"occupation": "6-18-02-04"}, {"数控操作员"}),
    ({"days": "3"}, {"数控操作员", "数控编程", "会计实习", "保洁"}),
    ({"q": "数控", "city": "320500"}, set()),
    ({"q": "会计", "salary": "2500"}, {"会计实习"}),
    ({"q": "无人写过的词语"}, set()),
    ({"q": "c++"}, set()),
]


@pytest.fixture
def five(company):
    """Five positions that differ in what one can ask for, all come at once."""
    welder = OccupationFactory(code="6-18-02-04", name="车工")
    soft = CompanyFactory(verified=True, school=company.school, name="某软件", size="1-19", industry="软件")
    publish(company, "数控操作员", occupation=welder)
    publish(company, "数控编程")
    publish(
        soft, "Java developer", city_code="320500", salary_min=9000, salary_max=12_000, skills=[], duties="写代码。",
        published_at=clock.now() - timedelta(days=9),
    )  # fmt: skip
    publish(
        company, "会计实习", kind="internship", city_code="320500", salary_min=2000, salary_max=3000, skills=[],
        duties="做账。",
    )  # fmt: skip
    publish(company, "保洁", education="any", skills=[], duties="打扫。", salary_min=3000, salary_max=4000)


def plain(company):
    """Neither skills nor duties say what the title does not."""
    Position.objects.filter(title__in=["数控操作员", "数控编程"]).update(
        skills=[], duties="操作设备。", majors=[]
    )


def test_every_question_finds_what_the_search_page_lists_newest_first(student, me, company, five):
    """The alert and the page are one matcher: for each question both give what is written here."""
    plain(company)
    long_ago = clock.now() - timedelta(days=10)
    kept = {}
    for number, (params, _titles) in enumerate(QUESTIONS, start=1):
        kept[keep(student, urlencode(params), place=number, created_at=long_ago).pk] = number - 1
    deliver()
    found = {number: set() for number in range(len(QUESTIONS))}
    for search, title in AlertedMatch.objects.values_list("search_id", "position__title"):
        found[kept[search]].add(title)
    listed = {
        number: {
            row.title
            for row in searching.find(me, searching.read_query(params | {"sort": "date", "exact": "1"}))[1]
        }
        for number, (params, _titles) in enumerate(QUESTIONS)
    }
    expected = {number: titles for number, (_params, titles) in enumerate(QUESTIONS)}
    assert found == expected
    assert listed == expected


def test_what_was_open_when_the_search_was_saved_is_not_new(student, company):
    old = publish(company)
    deliver()
    keep(student)
    look_again(old)
    Company.objects.filter(pk=company.pk).update(industry="新行业")
    look_again(old)
    assert matches() == []


def test_what_nobody_looked_at_before_came_when_it_was_published(student, company):
    """A demo, or a platform that had no alerts yet: what stood in the list when the search was saved is not new."""
    before = PositionFactory(company=company, published=True, published_at=clock.now() - timedelta(seconds=1))
    search = keep(student)
    after = PositionFactory(company=company, published=True)
    look_again(before, after)
    assert (matches(), seen()) == ([(search.pk, after.pk)], {before.pk: True, after.pk: True})


def test_what_was_published_before_its_company_was_vetted_is_new_once_it_comes_into_sight(student, company):
    Company.objects.filter(pk=company.pk).update(status="submitted")
    row = PositionFactory(company=company, published=True, published_at=clock.now() - timedelta(days=1))
    look_again(row)
    search = keep(student)
    Company.objects.filter(pk=company.pk).update(status="verified")
    look_again(row)
    assert matches() == [(search.pk, row.pk)]


@pytest.mark.parametrize("back", ["resumed", "company verified again", "school open again"])
def test_what_comes_back_into_sight_is_new_to_who_has_not_found_it(student, company, back):
    early = keep(student)
    row = publish(company)
    deliver()
    match back:
        case "resumed":
            positions.pause_position(actor=recruiter_of(company), position_id=row.pk)
        case "company verified again":
            Company.objects.filter(pk=company.pk).update(status="suspended")
        case _:
            School.objects.filter(pk=company.school_id).update(
                suspended_at=clock.now(), suspended_reason="整改"
            )
    look_again(row)
    assert seen() == {row.pk: False}
    late = keep(student, "q=数控操作", place=2)
    match back:
        case "resumed":
            positions.resume_position(actor=recruiter_of(company), position_id=row.pk)
        case "company verified again":
            Company.objects.filter(pk=company.pk).update(status="verified")
        case _:
            School.objects.filter(pk=company.school_id).update(suspended_at=None, suspended_reason="")
    look_again(row)
    assert matches() == [(early.pk, row.pk), (late.pk, row.pk)]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "paused"},
        {"status": "in_review"},
        {"status": "expired"},
        {"status": "closed"},
        {"expires_at": "past"},
        {"company__status": "suspended"},
        {"company__vetted_until": "past"},
    ],
    ids=str,
)
def test_what_nobody_may_see_is_not_found(student, company, fields):
    keep(student)
    past = clock.now() - timedelta(seconds=1)
    fields = {name: past if value == "past" else value for name, value in fields.items()}
    row = publish(company)
    for name, value in fields.items():
        if name.startswith("company__"):
            Company.objects.filter(pk=company.pk).update(**{name.removeprefix("company__"): value})
        else:
            Position.objects.filter(pk=row.pk).update(**{name: value})
    deliver()
    assert (matches(), seen()) == ([], {row.pk: False})


def test_only_students_of_the_circle_find_a_position(company):
    alliance = AllianceFactory()
    company.school.alliance = alliance
    company.school.save()
    ally, away = SchoolFactory(alliance=alliance), SchoolFactory()
    kept = {
        name: keep(student_of(school)).pk
        for name, school in (("home", company.school), ("ally", ally), ("away", away))
    }
    row = publish(company)
    deliver()
    assert matches() == [(kept["home"], row.pk), (kept["ally"], row.pk)]


@pytest.mark.parametrize("gone", ["account closed", "membership ended", "school suspended"])
def test_who_is_no_student_any_more_finds_nothing(student, company, gone):
    keep(student)
    other = CompanyFactory(verified=True)
    company.school.alliance = other.school.alliance = AllianceFactory()
    company.school.save()
    other.school.save()
    match gone:
        case "account closed":
            User.objects.filter(pk=student.pk).update(is_active=False)
        case "membership ended":
            Membership.objects.filter(user=student).update(ended_at=clock.now())
        case _:
            School.objects.filter(pk=company.school_id).update(
                suspended_at=clock.now(), suspended_reason="整改"
            )
    publish(other)
    deliver()
    assert (matches(), [*seen().values()]) == ([], [True])


def test_told_again_and_out_of_order_it_is_one_match(student, company):
    search = keep(student)
    row = publish(company)
    deliver()
    for _ in range(3):
        domain.find_for([{"position": row.pk}])
    SeenPosition.objects.all().delete()  # as if the note had been lost: the match itself is the last guard
    domain.find_for([{"position": row.pk}, {"position": row.pk}])
    assert matches() == [(search.pk, row.pk)]


def test_a_message_that_comes_after_the_position_has_closed_finds_nothing(student, company):
    keep(student)
    row = publish(company)
    outbox.run_once([indexing.INDEX])
    Position.objects.filter(pk=row.pk).update(status="closed")
    domain.find_for([{"position": row.pk}, {"position": row.pk + 1000}])
    assert (matches(), seen()) == ([], {row.pk: False})


def twice_at_once(row):
    """Two workers with the same message, neither having seen what the other did."""
    return race(lambda index: finding._note([row.pk], finding.searches_finding([row.pk]), {}))


@pytest.mark.django_db(transaction=True)
def test_two_workers_find_a_position_once(company):
    search = keep(student_of(company.school))
    row = publish(company)
    outbox.run_once([indexing.INDEX])
    assert twice_at_once(row) == [None, None]
    assert matches() == [(search.pk, row.pk)]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_two_workers_find_it_twice(company):
    constraint = next(c for c in AlertedMatch._meta.constraints if c.name == "alerted_match_once")
    search = keep(student_of(company.school))
    row = publish(company)
    outbox.run_once([indexing.INDEX])
    with pytest.MonkeyPatch.context() as patch, connection.schema_editor() as editor:
        patch.setattr(AlertedMatch._meta, "constraints", [])
        editor.remove_constraint(AlertedMatch, constraint)
    try:
        assert twice_at_once(row) == [None, None]
        assert matches() == [(search.pk, row.pk)] * 2
    finally:
        AlertedMatch.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(AlertedMatch, constraint)


def test_what_the_index_does_not_hold_yet_waits_alone(student, company):
    search = keep(student)
    there, late = publish(company, "数控一"), publish(company, "数控二")
    outbox.run_once([indexing.INDEX])
    api.forget([(late.pk, 1000)])
    OutboxEntry.objects.exclude(topic=finding.TOPIC).delete()
    outbox.run_once([finding.TOPIC])
    assert matches() == [(search.pk, there.pk)]
    waiting = OutboxEntry.objects.get(topic=finding.TOPIC)
    assert (waiting.payload, waiting.attempts) == ({"position": late.pk}, 1)
    Position.objects.filter(pk=late.pk).update(version=2000)
    api.feed("embedded", *indexing.as_they_are([late.pk]))
    clock.advance(timedelta(seconds=2))
    outbox.run_once([finding.TOPIC])
    assert matches() == [(search.pk, there.pk), (search.pk, late.pk)]
    assert not OutboxEntry.objects.filter(topic=finding.TOPIC).exists()


def test_an_index_that_is_away_costs_no_attempt(student, company, monkeypatch):
    search, row = keep(student), publish(company)
    outbox.run_once([indexing.INDEX])
    with monkeypatch.context() as away:
        away.setattr(finding.api, "matching", Mock(side_effect=api.EngineUnavailable("away")))
        outbox.run_once([finding.TOPIC])
    waiting = OutboxEntry.objects.get(topic=finding.TOPIC)
    assert (matches(), waiting.attempts, waiting.dead_at) == ([], 0, None)
    clock.advance(timedelta(seconds=2))
    outbox.run_once([finding.TOPIC])
    assert matches() == [(search.pk, row.pk)]


def test_what_an_engine_takes_late_is_looked_at_then(company):
    row = publish(company)
    OutboxEntry.objects.all().delete()
    indexing.handle_catch_up([{"position": row.pk, "engine": "embedded"}])
    assert OutboxEntry.objects.get(topic=finding.TOPIC).payload == {"position": row.pk}


def test_equal_searches_of_one_scope_are_asked_once(company, monkeypatch):
    asked = []
    real = api.matching

    def counted(query, ids):
        asked.append(query.text)
        return real(query, ids)

    def later(actor, address):
        clock.advance(timedelta(milliseconds=1))
        return stated(actor, address)

    for _ in range(3):
        keep(student_of(company.school))
    keep(student_of(company.school), "q=会计")
    keep(student_of(SchoolFactory()))
    publish(company)
    stated = finding.searching.query_at
    monkeypatch.setattr(finding.searching, "query_at", later)
    monkeypatch.setattr(finding.api, "matching", counted)
    deliver()
    assert sorted(asked) == ["", "会计", "数控", "数控"]
    assert len(matches()) == 3


def queries_of(*positions):
    """How many queries matching these takes; what is read of synonyms at most every two seconds is left out."""
    with CaptureQueriesContext(connection) as asked:
        domain.find_for([{"position": row.pk} for row in positions])
    return len([query for query in asked if '"wording_' not in query["sql"]])


def test_a_batch_costs_the_same_queries_for_one_search_and_for_many(company):
    first, *others = [publish(company, f"数控{number}") for number in range(4)]
    outbox.run_once([indexing.INDEX])
    keep(student_of(company.school))
    alone = queries_of(first)
    for _ in range(6):
        keep(student_of(company.school))
    assert (alone, queries_of(*others), len(matches())) == (12, 12, 1 + 7 * 3)


def test_schools_of_one_circle_are_told_by_the_synonyms_of_each(company):
    """Both see the position, and both search for the same; one school's staff say that the words mean the same."""
    alliance = AllianceFactory()
    ally = SchoolFactory(alliance=alliance)
    type(company.school).objects.filter(pk=company.school_id).update(alliance=alliance)
    keeper = actor_of(MembershipFactory(school=ally).user)
    position = publish(company, "数控操作")
    outbox.run_once([indexing.INDEX])
    own, theirs = (keep(student_of(school), "q=铁匠活") for school in (company.school, ally))
    save_group(actor=keeper, words=["铁匠活", "数控操作"])
    assert finding.searches_finding([position.pk]) == {theirs.pk: {position.pk}}
    assert own.pk != theirs.pk


@pytest.mark.parametrize("change", [{"status": "paused"}, {"expires_at": "now"}], ids=str)
def test_what_closes_while_it_is_matched_has_not_come(student, company, change):
    keep(student)
    row = publish(company)
    outbox.run_once([indexing.INDEX])
    found = finding.searches_finding([row.pk])
    change = {name: clock.now() if value == "now" else value for name, value in change.items()}
    Position.objects.filter(pk=row.pk).update(**change)
    finding._note([row.pk], found, {})
    assert (len(found), matches(), seen()) == (1, [], {})


def test_only_what_the_owner_qualifies_for_is_found_where_that_was_asked(company):
    owner, bachelor = student_of(company.school), student_of(company.school, education="bachelor")
    kept = [keep(one, "q=数控&qualified=1").pk for one in (owner, bachelor)]
    fit, hard = (
        publish(company, "数控操作", majors=[]),
        publish(company, "数控设计", education="bachelor", majors=[]),
    )
    deliver()
    assert matches() == [(kept[0], fit.pk), (kept[1], fit.pk), (kept[1], hard.pk)]


def test_where_nobody_says_what_the_owner_qualifies_for_nothing_is_found(student, company, monkeypatch):
    monkeypatch.setattr(personal, "_qualified", [])
    keep(student, "q=数控&qualified=1")
    publish(company)
    deliver()
    assert matches() == []


def test_a_worker_that_dies_while_it_writes_begins_anew(student, company):
    """Either everything about a batch is written or nothing: what came, who finds it, whom to tell."""
    search = keep(student, frequency="instant")
    row = publish(company)
    outbox.run_once([indexing.INDEX])
    with connection.execute_wrapper(refuse_matches), pytest.raises(OperationalError):
        domain.find_for([{"position": row.pk}])
    assert (matches(), seen()) == ([], {})
    assert not OutboxEntry.objects.filter(topic="searches.tell").exists()
    domain.find_for([{"position": row.pk}])
    assert (matches(), seen()) == ([(search.pk, row.pk)], {row.pk: True})
    assert OutboxEntry.objects.filter(topic="searches.tell").count() == 1


def refuse_matches(execute, sql, params, many, context):
    """The database goes away just when the matches are written."""
    if sql.startswith("INSERT") and "searches_alertedmatch" in sql:
        raise OperationalError("gone")
    return execute(sql, params, many, context)


def test_mail_and_index_do_not_wait_for_the_matching(student, company):
    keep(student)
    publish(company)
    assert outbox.run_once() >= 1
    assert (matches(), [*OutboxEntry.objects.values_list("topic", flat=True)]) == ([], ["searches.find"])
    assert (outbox.run_apart(), len(matches())) == (1, 1)
