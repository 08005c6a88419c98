"""Training by hand and at night, one at a time; the gate's verdict; the way back; what is forgotten."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict
from backend.recommendations.domain import forget_old, retention, roll_back, start_nightly, train_ranker
from backend.recommendations.domain.retention import IMPRESSIONS_KEPT, VIEWS_KEPT
from backend.recommendations.domain.training import GIVEN_UP_AFTER, _say, is_due
from backend.recommendations.models import Impression, Interaction, StoredAudit, StrongPair, TrainingRun
from backend.recommendations.queries import Standing, matches_for, standing
from matching import api as matching
from matching import artifacts
from tests.backend.racing import race
from tests.backend.recommendations.reading import reader, text
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import MembershipFactory
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def runs() -> list[tuple]:
    return list(TrainingRun.objects.order_by("pk").values_list("status", "night", "model"))


def test_without_data_it_is_refused_and_rules_fitted_beforehand_answer(settings):
    before = standing()
    run = train_ranker()
    assert (run.status, run.model, run.ended_at) == ("refused", "additive-0001", clock.now())
    assert "at least 20 needed" in run.message
    assert before == Standing("weighted-rules-1", trained=False)
    assert standing() == Standing("additive-0002", trained=False)
    assert last_trail() == ("ranker.trained", "", "refused", "recommendations.trainingrun", run.pk)
    fitted, refused_one = matching.cards(Path(settings.MODELS_DIR))
    assert (refused_one.accepted, fitted.accepted, fitted.people) == (False, True, 0)
    assert fitted.reason.startswith("synthetic proxy, not people: beats the weighted rules")


def test_fitted_rules_that_were_taken_back_do_not_come_again(settings):
    train_ranker()
    assert roll_back() == "additive-0002"
    assert train_ranker().model == "additive-0003"
    assert standing() == Standing("weighted-rules-1", trained=False)


def test_fitted_rules_are_put_in_service_once_and_never_over_a_model(accepted):
    """Nobody's deeds are known, though a model has learnt from people before."""
    assert train_ranker().model == "additive-0003"
    assert standing() == Standing("additive-0002", trained=True)
    assert [card.name for card in matching.cards(accepted)] == [
        "additive-0003",
        "additive-0002",
        "additive-0001",
    ]


def test_a_broken_training_is_noted_and_raised(settings, tmp_path):
    """There is no room for models: a file stands where the folder should be."""
    (tmp_path / "file").touch()
    settings.MODELS_DIR = tmp_path / "file" / "models"
    with pytest.raises(NotADirectoryError) as error:
        train_ranker()
    run = TrainingRun.objects.get()
    assert (run.status, run.message, run.ended_at) == ("failed", repr(error.value)[:500], clock.now())


def test_one_training_at_a_time_until_it_is_given_up(settings):
    TrainingRun.objects.create()
    with refused(Conflict, "training_runs", TrainingRun):
        train_ranker()
    clock.advance(GIVEN_UP_AFTER + timedelta(seconds=1))
    train_ranker()
    assert [status for status, _night, _model in runs()] == ["failed", "refused"]
    verdicts = AuditEntry.objects.filter(verb="ranker.trained").order_by("pk")
    assert list(verdicts.values_list("after", flat=True)) == ["failed", "refused"]


def test_a_training_that_was_given_up_does_not_end_twice(settings):
    """It still computes when another begins: what that one noted stays, and the trail tells one end."""
    inner = []

    def late(_said: str) -> None:
        if not inner:
            inner.append(None)
            clock.advance(GIVEN_UP_AFTER + timedelta(seconds=1))
            inner[0] = train_ranker()

    outer = train_ranker(progress=late)
    assert (outer.status, outer.model, outer.message) == ("failed", "", "given up")
    assert [status for status, _night, _model in runs()] == ["failed", "refused"]
    verdicts = AuditEntry.objects.filter(verb="ranker.trained").order_by("pk")
    assert list(verdicts.values_list("target_id", "after")) == [
        (outer.pk, "failed"),
        (inner[0].pk, "refused"),
    ]


def test_a_night_is_trained_once(settings):
    today = clock.today()
    train_ranker(nightly=True)
    with refused(Conflict, "trained_tonight", TrainingRun):
        train_ranker(nightly=True)
    train_ranker()
    clock.advance(timedelta(days=1))
    train_ranker(nightly=True)
    assert [night for _status, night, _model in runs()] == [today, None, today + timedelta(days=1)]


@pytest.mark.parametrize(
    ("hours", "due"), [(-8, False), (-7, True), (-5, True), (-4, False), (0, False), (16, False), (17, True)]
)
def test_it_is_due_at_night_in_the_platforms_time_zone(hours, due):
    """The frozen clock says nine in the morning; from two to before five it may begin."""
    assert is_due(clock.now() + timedelta(hours=hours)) is due


def test_it_is_not_due_twice_a_night():
    night = clock.now() - timedelta(hours=7)
    assert is_due(night) is True
    TrainingRun.objects.create(night=clock.today(), status="failed", ended_at=clock.now())
    assert is_due(night) is False


def test_by_day_the_worker_starts_nothing():
    assert (start_nightly(), runs()) == (False, [])


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": "dreaming", "ended_at": True}, "training_status_known"),
        ({"status": "running", "ended_at": True}, "training_ends_with_a_verdict"),
        ({"status": "accepted"}, "training_ends_with_a_verdict"),
    ],
)
def test_the_database_refuses_a_senseless_run(values, constraint):
    values = values | ({"ended_at": clock.now()} if values.get("ended_at") else {})
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        TrainingRun.objects.create(**values)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_begins(settings):
    from backend.recommendations.domain.training import _begin

    found = race(lambda _: _begin(clock.today()).pk, threads=4)
    codes = [getattr(one, "code", "began") for one in found]
    assert sorted(codes)[0] == "began"
    assert codes.count("began") == TrainingRun.objects.count() == 1


def test_the_newest_accepted_model_serves_and_one_command_goes_back(accepted, actor, fitting):
    assert (standing().model, standing().trained) == ("additive-0002", True)
    assert matches_for(actor).shown[0].match.model == "additive-0002"
    names = [roll_back() for _ in range(3)]
    assert names == ["additive-0002", "additive-0001", None]
    assert matches_for(actor).shown[0].match.model == "weighted-rules-1"


def test_a_way_back_is_noted_at_the_run_that_trained_the_model(accepted):
    run = TrainingRun.objects.create(model="additive-0002", status="accepted", ended_at=clock.now())
    before = AuditEntry.objects.count()
    assert [roll_back() for _ in range(3)] == ["additive-0002", "additive-0001", None]
    fields = ("verb", "actor_role", "before", "after", "target", "target_id", "data")
    assert list(AuditEntry.objects.order_by("pk").values_list(*fields)[before:]) == [
        (
            "ranker.rolled_back",
            "system",
            withdrawn,
            after,
            "recommendations.trainingrun",
            pk,
            {"model": withdrawn},
        )
        for withdrawn, after, pk in (
            ("additive-0002", "additive-0001", run.pk),
            ("additive-0001", "weighted-rules-1", 0),
        )
    ]


def test_a_way_back_takes_out_what_answers_and_leaves_what_cannot_serve_here(accepted):
    """The newest accepted one was made for other features, so the one before answers, and is what goes."""
    path = accepted / "additive-0002.json"
    card, model = artifacts.read(path)
    artifacts.write(accepted, replace(card, features=card.features[:-1]), model)
    assert standing().model == "additive-0001"
    assert (roll_back(), standing().model) == ("additive-0001", "weighted-rules-1")
    assert last_trail()[:3] == ("ranker.rolled_back", "additive-0001", "weighted-rules-1")
    assert path.exists()


def test_the_command_says_what_there_is_and_goes_back(accepted):
    def said(what: str) -> list[str]:
        out = StringIO()
        call_command("ranker", what, stdout=out)
        return out.getvalue().splitlines()

    listed = said("status")
    assert [line.split(":")[0] for line in listed] == ["additive-0002", "additive-0001", "answering now"]
    assert said("rollback") == [
        "additive-0002 taken out of service",
        "answering now: additive-0001",
    ]
    assert said("rollback")[0] == "additive-0001 taken out of service"
    assert said("rollback") == ["no trained model served", "answering now: weighted-rules-1"]


def test_a_damaged_model_is_passed_over(accepted):
    (accepted / "additive-0002.json").write_text("{}", encoding="utf-8")
    assert standing().model == "additive-0001"


def test_the_command_trains_and_works_out_what_staff_see(student, actor, fitting, strange):
    out = StringIO()
    call_command("train_ranker", stdout=out)
    said = out.getvalue()
    assert "gate: refused: " in said
    assert "answering now: additive-0002" in said
    assert f"{student.school.name}: 2 unnoticed pairs, lowest impact ratio 1.00" in said
    assert (StrongPair.objects.count(), StoredAudit.objects.count()) == (2, 2)


def test_the_command_says_why_it_does_not_train():
    TrainingRun.objects.create()
    with pytest.raises(CommandError, match=r"训练|training runs"):
        call_command("train_ranker", stdout=StringIO())


@pytest.mark.parametrize("over", [False, True])
def test_what_is_old_is_forgotten(student, fitting, over):
    late = timedelta(seconds=1 if over else 0)
    Impression.objects.create(
        student=student,
        position=fitting,
        surface="home",
        rank=1,
        model="m",
        at=clock.now() - IMPRESSIONS_KEPT - late,
    )
    for kind in ("view", "save", "apply"):
        Interaction.objects.create(
            student=student, position=fitting, kind=kind, at=clock.now() - VIEWS_KEPT - late
        )
    assert forget_old() == (2 if over else 0)
    kept = ["apply", "save"] if over else ["apply", "save", "view"]
    assert sorted(Interaction.objects.values_list("kind", flat=True)) == kept
    assert Impression.objects.count() == (0 if over else 1)


def test_a_backlog_is_forgotten_in_portions(student, fitting, monkeypatch, django_assert_num_queries):
    """Five old views two at a time: three portions of asking and deleting, and the empty last question of each kind."""
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    rows = PositionFactory.create_batch(5, published=True, company=fitting.company)
    old = clock.now() - VIEWS_KEPT - timedelta(days=1)
    for row in rows:
        Interaction.objects.create(student=student, position=row, kind="view", at=old)
    with django_assert_num_queries(1 + 3 * 2 + 1):
        assert forget_old() == 5
    assert Interaction.objects.count() == 0


def test_staff_can_follow_a_training_and_nothing_is_heard_after_its_end(settings):
    """Each thing it says stands in its row with the moment; what was given up meanwhile says nothing any more."""
    heard = []

    def listen(said: str) -> None:
        row = TrainingRun.objects.get()
        heard.append((said, row.status, row.progress, row.heard_at))
        clock.advance(timedelta(minutes=1))

    begun = clock.now()
    run = train_ranker(progress=listen)
    assert [said for said, *_rest in heard] == [
        "0 showings of 0 people teach something",
        "fitted on 0 showings, fading of attention 0.70",
        f"additive-0001: refused: {run.message}",
    ]
    for minute, (said, status, progress, at) in enumerate(heard):
        assert (status, progress, at) == ("running", said, begun + timedelta(minutes=minute))
    _say(run, "too late", None)
    run.refresh_from_db()
    assert (run.progress, run.heard_at) == (heard[-1][0], heard[-1][3])


@pytest.mark.parametrize(
    ("status", "polls", "words"), [("running", True, "12 lists read 09:00"), ("failed", False, "given up")]
)
def test_the_page_asks_again_while_a_training_runs(student, status, polls, words):
    ended = None if status == "running" else clock.now()
    said = {"progress": "12 showings read", "heard_at": clock.now(), "message": "" if polls else "given up"}
    TrainingRun.objects.create(status=status, ended_at=ended, **said)
    page = reader(MembershipFactory(school=student.school)).get("/staff/matching/models/")
    assert words in text(page)
    assert ('hx-trigger="every 5s"' in page.content.decode()) is polls


def test_who_names_a_model_takes_back_that_one_alone(accepted):
    """Two who mean the same one: the second finds that it does not serve, and the one before stays."""
    assert [roll_back("additive-0002"), roll_back("additive-0002"), standing().model] == [
        "additive-0002",
        None,
        "additive-0001",
    ]
    out = StringIO()
    call_command("ranker", "rollback", "additive-0002", stdout=out)
    assert out.getvalue().splitlines() == ["additive-0002 does not serve", "answering now: additive-0001"]
    call_command("ranker", "rollback", "additive-0001", stdout=out)
    assert out.getvalue().splitlines()[2:] == [
        "additive-0001 taken out of service",
        "answering now: weighted-rules-1",
    ]
    verbs = (
        AuditEntry.objects.filter(verb="ranker.rolled_back").order_by("pk").values_list("before", flat=True)
    )
    assert list(verbs) == ["additive-0002", "additive-0001"]
