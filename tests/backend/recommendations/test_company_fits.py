"""What a company reads of fit: on its applicants and at its booth, without anything a student keeps private."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.utils import translation

from backend.accounts.actor import actor_of
from backend.applications import fits
from backend.applications.enums import LIVE, ApplicationStatus
from backend.applications.models import Application, ApplicationStep
from backend.common import clock
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.convert import as_position, as_student
from backend.recommendations.models import Interaction
from backend.recommendations.queries import applicant_fits, applicants_by_fit, at_booth
from matching import api as matching
from tests.backend.recommendations.reading import reader, text
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.fairs import BoothFactory, TicketFactory, recruiter_at
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = pytest.mark.usefixtures("frozen_now")
WISHES = {"salary": "薪资", "place": "地点", "kind": "类型", "commute": "通勤"}


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture
def hr(fitting):
    """An actor of the company, and its browser in English."""
    membership = RecruiterFactory(company=fitting.company)
    return SimpleNamespace(
        actor=actor_of(membership.user), browser=reader(membership), chinese=reader(membership, "zh-hans")
    )


def other(student, **fields):
    return StudentFactory(school=student.school, major=student.major, **fields)


@pytest.fixture
def three(student, fitting):
    """Applications in the order they came: somebody who fits little, the one who fits, one who switched it off."""
    poor = other(student, skills=[], education="secondary")
    off = other(student, skills=["Java", "SQL"], personalised=False)
    return [ApplicationFactory(student=one, position=fitting) for one in (poor, student, off)]


# Applicants


def test_applicants_have_score_and_main_reason_in_the_readers_language(hr, three):
    found = applicant_fits(hr.actor, three)
    assert set(found) == {three[0].pk, three[1].pk}
    best = found[three[1].pk]
    (match,) = matching.explain_to_company(
        [
            (
                catalogue.students().held.get(three[1].student_id),
                catalogue.positions().held.get(three[1].position_id),
            )
        ],
        on=three[1].created_at.date(),
    )
    offered = next(one for one in match.why() if matching.speaks_of_student(one.feature))
    assert (best.score, best.zh, best.en) == (match.score, offered.zh, offered.en)
    assert f"{best.percent}% {best.en}" in text(hr.browser.get("/applications/"))
    assert f"{best.percent}% {best.zh}" in text(hr.chinese.get("/applications/"))


def test_best_fit_first_is_an_order_and_who_has_none_stands_last(hr, three):
    def order(**params):
        return [row.pk for row in hr.browser.get("/applications/", params).context["page"]]

    poor, good, off = (row.pk for row in three)
    assert order() == [off, good, poor]
    assert order(sort="fit") == [good, poor, off]
    assert order(sort="fit", status="new", position=three[0].position_id) == [good, poor, off]
    assert order(sort="fit", status="hired") == []
    Application.objects.filter(pk=good).update(status=ApplicationStatus.DECLINED, due_at=None)
    assert order(sort="fit") == [poor, off, good]


@pytest.mark.parametrize("state", [{"status": "closed"}, {"expires_at": clock.now()}])
def test_applicants_for_what_is_no_longer_open_stand_in_the_order_of_the_score_they_show(hr, three, state):
    Position.objects.filter(pk=three[0].position_id).update(version=99, **state)
    page = hr.browser.get("/applications/", {"sort": "fit"}).context["page"]
    assert [row.pk for row in page] == [three[1].pk, three[0].pk, three[2].pk]
    told = applicant_fits(
        hr.actor, [Application.objects.select_related("student", "position").get(pk=row.pk) for row in page]
    )
    assert [pk for pk, _fit in sorted(told.items(), key=lambda one: -one[1].score)] == [
        three[1].pk,
        three[0].pk,
    ]


def test_the_order_goes_over_pages_and_ends_where_too_many_are_asked_for(hr, three, monkeypatch):
    triples = [(row.pk, row.student_id, row.position_id) for row in three]
    assert fits.best_first(hr.actor, triples) == applicants_by_fit(hr.actor, triples)
    monkeypatch.setattr(fits, "MOST", 1)
    assert fits.best_first(hr.actor, triples) == [row.pk for row in three]
    monkeypatch.setattr(fits, "_told", [])
    assert (fits.best_first(hr.actor, triples), fits.fits_of(hr.actor, three)) == (
        [t[0] for t in triples],
        {},
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("browser", "The latest 2 are in order of fit, the others follow as they came. Choose a stage"),
        ("chinese", "仅对最新的 2 份投递按匹配度排序，其余按投递时间排在后面。"),
    ],
)
def test_where_only_the_latest_are_in_order_it_is_said(hr, three, monkeypatch, language, said):
    client = getattr(hr, language)
    monkeypatch.setattr(fits, "MOST", 2)
    assert said in text(client.get("/applications/?sort=fit"))
    assert said not in text(client.get("/applications/"))
    monkeypatch.setattr(fits, "MOST", 3)
    assert said not in text(client.get("/applications/?sort=fit"))


@pytest.mark.parametrize("status", list(ApplicationStatus))
def test_an_application_that_is_over_tells_nothing_more(hr, three, status):
    Application.objects.filter(pk=three[1].pk).update(status=status)
    row = Application.objects.select_related("student", "position").get(pk=three[1].pk)
    assert (row.pk in applicant_fits(hr.actor, [row])) == (status in LIVE)


def test_a_student_whose_school_left_the_circle_has_none(hr, three):
    three[1].student.school = SchoolFactory()
    three[1].student.save()
    assert applicant_fits(hr.actor, [three[1]]) == {}


@pytest.mark.parametrize("who", ["student", "staff"])
def test_others_than_the_company_see_no_fit_of_applicants(student, three, who):
    of = {"of_student": True, "student": student} if who == "student" else {}
    membership = MembershipFactory(school=student.school, **of)
    assert applicant_fits(actor_of(membership.user), three) == {}
    assert "Best fit first" not in text(reader(membership).get("/applications/?sort=fit"))


# The booth


def at(student, *positions):
    for position in positions:
        position.applicants = 0
    return at_booth([student], list(positions))[0]


def test_a_booth_shows_the_position_that_fits_best_and_why(student, fitting, strange):
    translation.activate("zh-hans")
    found = at(student, strange, fitting)
    assert (found.position, found.student) == (fitting, student)
    offered = [one.zh for one in found.match.why() if matching.speaks_of_student(one.feature)]
    assert found.reasons == offered[:3]
    assert len(found.reasons) == 3


def test_what_is_said_to_a_company_is_about_the_student_where_there_is_such_a_reason(student, fitting):
    """What they want and how the position stands fill up only where nothing else speaks for them."""
    translation.activate("en")
    poor = other(student, skills=[], education="secondary", wanted_occupations=["2-02-10-03"])
    found = at(poor, fitting)
    kinds = [matching.speaks_of_student(one.feature) for one in found.match.why()]
    about = [one.en for one in found.match.why() if matching.speaks_of_student(one.feature)]
    assert not all(kinds)
    assert found.reasons[: len(about)] == about[:3]
    assert len(found.reasons) == 3


@pytest.mark.parametrize(
    ("feature", "about"),
    [
        ("skills_covered", True), ("education", True), ("mutual_interest", True), ("occupation", False),
        ("salary", False), ("responsiveness", False), ("wishes", False), ("base", False),
        ("skills_covered × education", True), ("skills_covered × place", False),
    ],
)  # fmt: skip
def test_reasons_are_about_the_student_or_about_something_else(feature, about):
    assert matching.speaks_of_student(feature) is about


def test_whoever_switched_the_order_off_stands_in_line_without_a_word(student, fitting):
    student.personalised = False
    found = at(student, fitting)
    assert (found.match, found.position, found.reasons, found.percent) == (None, None, [], None)


def test_a_booth_without_positions_and_a_line_without_people(student):
    assert (at(student).match, at_booth([], [])) == (None, [])


def test_a_company_reads_nothing_of_the_pay_hoped_for_or_the_way_to_work(student, fitting):
    """Whatever they say, the words a company reads are the same but for one sum; a level is told, for it is no wish."""
    translation.activate("en")
    fitting.skill_levels, fitting.district_code = {"Java": 3}, "320505"
    told = []
    for hope, start in ((4000, "320505"), (90_000, "650100")):
        student.salary_hope, student.based_in, student.skill_levels = hope, start, {"Java": 3}
        own = matching.explain(as_student(student), as_position(fitting))
        assert {"salary_overlap", "commute"} <= {reason.feature for reason in own.reasons}
        told.append(at(student, fitting).match.reasons)
    for reasons in told:
        assert not {"salary_overlap", "commute"} & {reason.feature for reason in reasons}
        assert "The level of skill asked for is reached" in [reason.en for reason in reasons]
    one, other_ = (
        {(r.feature, r.zh, r.en, r.contribution) for r in rs if r.feature != "wishes"} for rs in told
    )
    assert one == other_


@pytest.mark.parametrize("feature", sorted(WISHES))
def test_the_company_reads_no_reason_about_wishes(student, fitting, feature):
    """What would tell what somebody hopes to earn, where they live and what they want stands in one sum."""
    wished = PositionFactory(
        published=True, company=fitting.company, city_code=student.wanted_cities[0], salary_min=90_000,
        salary_max=99_000, kind=student.wanted_kinds[0],
    )  # fmt: skip
    student.salary_floor = 5000
    match = at(student, wished).match
    told = {reason.feature for reason in match.reasons}
    assert feature not in told
    assert "wishes" in told
    own = matching.explain(as_student(student), catalogue.positions().held.get(wished.pk))
    assert feature in {reason.feature for reason in own.reasons}
    assert sum(reason.contribution for reason in match.reasons) == pytest.approx(match.score, abs=1e-9)


def test_two_that_fit_equally_are_told_of_the_first(student, fitting):
    twin = PositionFactory(
        published=True, company=fitting.company, title=fitting.title, majors=fitting.majors,
        skills=fitting.skills, city_code=fitting.city_code, occupation=fitting.occupation,
    )  # fmt: skip
    assert at(student, fitting, twin).position == fitting
    assert at(student, twin, fitting).position == twin


def test_the_console_shows_it_and_no_wish(student, fitting):
    booth = BoothFactory(fair__school=student.school, company=fitting.company)
    booth.positions.add(fitting)
    student.salary_floor = 4000
    student.save()
    TicketFactory(booth=booth, student=student)
    quiet = other(student, personalised=False)
    TicketFactory(booth=booth, student=quiet)
    membership = RecruiterFactory(company=fitting.company)
    answer = reader(membership, "zh-hans").get(f"/company/fairs/booths/{booth.pk}/")
    fit = {ticket.student_id: ticket.fit for ticket in answer.context["waiting"]}
    assert fit[quiet.pk].match is None
    told = fit[student.pk]
    assert f"{told.percent}% {fitting.title} · {' · '.join(told.reasons)}" in text(answer)
    for word in WISHES.values():
        assert not [reason for reason in told.reasons if word in reason]
    assert recruiter_at(booth).company_id == fitting.company_id


@pytest.mark.parametrize("kind", [None, "save", "talk"])
@pytest.mark.parametrize("stage", [None, "shortlisted", "interview"])
def test_the_console_scores_who_turned_to_whom_as_everybody_else_does(student, fitting, strange, kind, stage):
    """What lies between the student and another company counts for nothing here."""
    booth = BoothFactory(fair__school=student.school, company=fitting.company)
    booth.positions.add(fitting)
    TicketFactory(booth=booth, student=student)
    for place in (strange, PositionFactory(published=True, company__school=student.school)):
        if kind:
            Interaction.objects.create(student=student, position=place, kind=kind)
        if stage:
            row = ApplicationFactory(student=student, position=place, status=stage)
            ApplicationStep.objects.create(application=row, status=stage, by_role="recruiter")
    membership = RecruiterFactory(company=fitting.company)
    answer = reader(membership).get(f"/company/fairs/booths/{booth.pk}/")
    (ticket,) = answer.context["waiting"]
    assert ticket.fit.match == at(student, fitting).match


# The library


def test_the_best_for_a_company_is_what_every_pair_alone_says(student, fitting, strange):
    people = [as_student(one) for one in (student, other(student, skills=["静脉输液"]))]
    places = [catalogue.positions().held.get(row.pk) for row in (fitting, strange)]
    found = matching.best_for_company(people, places)
    for match, person in zip(found, people, strict=True):
        alone = [matching.rank_students(place, [person])[0] for place in places]
        best = max(alone, key=lambda one: round(one.score, 12))
        assert (match.position_id, match.student_id) == (best.position_id, person.id)
        assert match.score == pytest.approx(best.score, abs=1e-12)
        assert [r.feature for r in match.reasons] == [r.feature for r in best.reasons]
    assert matching.best_for_company([], places) == matching.best_for_company(people, []) == []
