"""The tags alone decide: what is copied, what erasing does, what is forgotten after a while."""

from datetime import timedelta

import pytest
from django.db import models, transaction

from backend.accounts.models import Invitation, User
from backend.applications.models import ApplicationNote, Offer
from backend.common import clock, files, forgetting, outbox, personal
from backend.common.models import OutboxEntry
from backend.common.personal import BLANK, FILE, REMOVE, Rule, as_text, check_tags, kept
from backend.students.models import Experience, Resume, RosterImport, Student
from fairs.models import Meeting, Message
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.applications import ApplicationFactory, OfferFactory
from tests.factories.canaries import furnish, plant
from tests.factories.fairs import MeetingFactory
from tests.factories.notifications import DeadEntryFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import ExperienceFactory, ResumeFactory
from tests.factories.world import World, build


@pytest.fixture
def world(db, frozen_now) -> World:
    made = build()
    furnish(made)
    return made


def values(model: type[models.Model]) -> dict[int, dict]:
    return {row["id"]: row for row in model._default_manager.values()}


def everything() -> dict[type[models.Model], dict[int, dict]]:
    """Every row of every model with personal columns or with an owner."""
    return {model: values(model) for model in {*personal.tagged(), *personal.owned()}}


def own_rows(person: User) -> dict[type[models.Model], set[int]]:
    return {
        model: set(personal.rows_of(model, person).values_list("pk", flat=True)) for model in personal.owned()
    }


@pytest.mark.parametrize("whose", ["student", "recruiter", "staff", "operator"])
def test_erasing_follows_the_rule_of_every_column_and_touches_nobody_else(world, whose):
    """Column by column, for everything a world of three neighbourhoods holds."""
    planted = plant(world)
    person = world.people[whose]
    mine, before = own_rows(person), everything()
    with transaction.atomic():
        forgetting.erase(person)
    after = everything()
    checked = 0
    for model, rows in before.items():
        owner, rules = personal.owner_of(model), {n: tag.erase for n, tag in personal.tags(model).items()}
        whole = REMOVE in (owner and owner.erase, *rules.values())
        for pk, old in rows.items():
            if pk not in mine.get(model, set()):
                assert after[model][pk] == old, model
            elif whole:
                assert pk not in after[model], model
            else:
                for name, rule in rules.items():
                    assert after[model][pk][name] == said(model, name, rule, pk, old[name]), (model, name)
                    checked += 1
    assert checked >= {"student": 20, "recruiter": 2, "staff": 2, "operator": 2}[whose]
    assert len(planted) > 100


def said(model: type, name: str, rule: Rule, pk: int, old: object) -> object:
    """What a column must hold after the rule."""
    match rule.how:
        case "text":
            return rule.value.format(pk=pk)
        case "blank":
            field = model._meta.get_field(name)
            return None if field.null else field.default() if isinstance(field, models.JSONField) else ""
    return old


def test_no_canary_of_a_student_is_left_anywhere_but_where_the_rule_keeps_it(world):
    planted = plant(world)
    person = world.people["student"]
    mine = own_rows(person)
    with transaction.atomic():
        forgetting.erase(person)
    left = {
        planted[canary]
        for model, rows in everything().items()
        for pk, row in rows.items()
        if pk in mine.get(model, set())
        for canary in planted
        if canary in str(row)
    }
    assert left == set()


def test_the_copy_holds_every_own_canary_and_none_of_anybody_else(world):
    planted = plant(world)
    person = world.people["student"]
    text = str(personal.copy_of(person))
    found = {planted[canary] for canary in planted if canary in text}
    uncopied = {
        f"{model._meta.label_lower}.{name}"
        for model in personal.tagged()
        for name, tag in personal.tags(model).items()
        if not tag.copied
    }
    mine = {
        where for canary, where in planted.items() if where[1] not in uncopied and owned_by(person, canary)
    }
    assert found == mine
    assert len(mine) > 20


def owned_by(person: User, canary: str) -> bool:
    return any(canary in str(list(personal.rows_of(model, person).values())) for model in personal.owned())


def test_others_words_about_a_person_are_not_handed_out(world):
    ApplicationNote.objects.update(text="kanarie-note")
    Meeting.objects.update(note="kanarie-note", message="kanarie-said")
    text = str(personal.copy_of(world.people["student"]))
    assert ("kanarie-note" in text, "kanarie-said" in text) == (False, True)


def test_a_person_is_a_number_in_the_copy_of_another(db):
    recruiter = UserFactory(name="kanarie-recruiter")
    meeting = MeetingFactory(recruiter=recruiter)
    member = MembershipFactory(of_student=True, student=meeting.ticket.student)
    (row,) = personal.copy_of(member.user)["fairs.meeting"]
    assert (row["recruiter"], row["ticket"]) == (recruiter.pk, meeting.ticket_id)
    assert "kanarie-recruiter" not in str(personal.copy_of(member.user))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_copy_costs_the_same_whatever_the_rows(db, rows, django_assert_num_queries):
    member = MembershipFactory(of_student=True)
    for _ in range(rows):
        ExperienceFactory(student=member.student)
        ApplicationFactory(student=member.student)
    with django_assert_num_queries(len(personal.owned())):
        personal.copy_of(member.user)


def test_files_go_after_the_commit_and_not_before(db):
    member = MembershipFactory(of_student=True)
    mine, other = ResumeFactory(student=member.student), ResumeFactory()
    with transaction.atomic():
        forgetting.erase(member.user)
    assert mine.file.storage.exists(mine.file.name)
    assert outbox.run_once([files.TOPIC]) == 1
    assert [row.file.storage.exists(row.file.name) for row in (mine, other)] == [False, True]
    assert Resume.objects.get(pk=mine.pk).title == ""


def test_a_rollback_erases_nothing(db):
    member = MembershipFactory(of_student=True)
    ExperienceFactory(student=member.student)
    before = everything()
    with transaction.atomic():
        forgetting.erase(member.user)
        assert everything() != before
        transaction.set_rollback(True)
    assert everything() == before


# Forgetting after a while


def old_rows() -> dict[str, models.Model]:
    """One row of every column that is kept for some days only."""
    return {
        "invitation": InvitationFactory(expires_at=clock.now()),
        "message": Message.objects.create(meeting=MeetingFactory(), text="kanarie"),
        "roster": RosterImport.objects.create(
            school=SchoolFactory(), file_name="a.xlsx", rows=[{"name": "kanarie"}], problems=[{"row": 1}]
        ),
        "letter": DeadEntryFactory(),
    }


DAYS = {"invitation": 30, "message": 180, "roster": 30, "letter": 30}


def test_the_days_are_those_of_the_tags(db):
    told = {
        (model.__name__, name): tag.keep_days
        for model in personal.tagged()
        for name, tag in personal.tags(model).items()
        if tag.keep_days is not None
    }
    assert told == {
        ("Invitation", "email"): 30,
        ("Invitation", "text"): 180,
        ("Message", "text"): 180,
        ("TeamMessage", "text"): 180,
        ("GroupMessage", "text"): 180,
        ("Report", "text"): 365,
        ("Report", "answer"): 365,
        ("RosterImport", "rows"): 30,
        ("RosterImport", "problems"): 30,
        ("AlertedMatch", "told_at"): 365,
        ("RecentSearch", "text"): 180,
        ("OutboxEntry", "payload"): 30,
    }


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("over", [False, True])
def test_a_column_is_forgotten_when_its_days_are_over(db, frozen_now, kind, over):
    row = old_rows()[kind]
    before = type(row).objects.filter(pk=row.pk).values().get()
    clock.advance(timedelta(days=DAYS[kind], seconds=1 if over else -1))
    forgetting.purge()
    after = type(row).objects.filter(pk=row.pk).values().first()
    if not over:
        assert after == before
        return
    assert (
        after
        == {
            "invitation": {**before, "email": f"erased-{row.pk}@fairway.invalid", "updated_at": clock.now()},
            "message": {**before, "text": ""},
            "roster": {**before, "rows": [], "problems": [], "updated_at": clock.now()},
            "letter": None,
        }[kind]
    )


def test_forgetting_twice_changes_nothing_more(db, frozen_now):
    old_rows()
    clock.advance(timedelta(days=181))
    assert forgetting.purge() == 5
    stamps = list(Invitation.objects.values_list("updated_at", flat=True))
    clock.advance(timedelta(days=1))
    assert forgetting.purge() == 0
    assert list(Invitation.objects.values_list("updated_at", flat=True)) == stamps


def test_what_still_waits_to_be_sent_is_not_forgotten(db, frozen_now):
    waiting = OutboxEntry.objects.create(topic="mail", payload={"to": "a@b.invalid"})
    clock.advance(timedelta(days=400))
    forgetting.purge()
    assert OutboxEntry.objects.get().payload == waiting.payload


# The check


def bare(**options) -> models.Field:
    return personal.personal("test", **options)(models.CharField(max_length=9))


def test_a_tag_without_a_rule_is_refused(monkeypatch):
    """The control of the check: the same model passes as soon as the rule is said."""
    field = Student._meta.get_field("name")
    monkeypatch.setattr(field, "personal", bare().personal)
    assert [(one.id, one.msg) for one in check_tags()] == [
        ("common.E011", "students.Student.name is personal without a rule for erasing.")
    ]
    monkeypatch.setattr(field, "personal", bare(erase=BLANK).personal)
    assert check_tags() == []


def test_a_new_tagged_column_of_a_model_that_is_nobodys_is_refused(monkeypatch):
    field = SchoolFactory._meta.model._meta.get_field("name")
    monkeypatch.setattr(field, "personal", bare(erase=BLANK).personal, raising=False)
    assert [(one.id, one.msg) for one in check_tags()] == [
        ("common.E010", "schools.School has personal columns, but nobody's.")
    ]


@pytest.mark.parametrize(
    ("field", "blank"),
    [
        (models.CharField(max_length=3), ""),
        (models.TextField(), ""),
        (models.CharField(max_length=3, null=True), None),
        (models.IntegerField(null=True), None),
        (models.JSONField(default=list), []),
        (models.JSONField(default=dict), {}),
        (models.DateField(null=True), None),
    ],
)
def test_blank_is_what_a_column_of_the_kind_may_hold(field, blank):
    assert forgetting.empty(field) == blank


def test_people_come_last_so_that_the_others_are_still_found():
    assert personal.owned()[-1] is User
    assert {Student, Experience, Offer, Message} <= set(personal.owned())


def test_rules_say_what_they_do():
    assert [rule.how for rule in (BLANK, FILE, REMOVE, as_text("x"), kept("y"))] == [
        "blank", "file", "remove", "text", "keep",
    ]  # fmt: skip
    for model in personal.tagged():
        for name, tag in personal.tags(model).items():
            assert tag.erase.how != "keep" or tag.erase.value, f"{model._meta.label}.{name}: why is it kept?"


def test_an_offer_is_erased_with_its_applicant_and_not_with_its_company(db):
    offer = OfferFactory(text="月薪面议")
    student = MembershipFactory(of_student=True, student=offer.application.student)
    recruiter = MembershipFactory(recruiter=True, company=offer.application.position.company)
    forgetting.erase(recruiter.user)
    offer.refresh_from_db()
    assert offer.text == "月薪面议"
    forgetting.erase(student.user)
    offer.refresh_from_db()
    assert offer.text == ""
