"""The life of a ranker: a training that breaks half-way, several that begin at once, a night, and the way back."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict
from backend.recommendations.domain import roll_back, start_nightly, train_ranker, training
from backend.recommendations.domain.training import GIVEN_UP_AFTER, _begin, _end
from backend.recommendations.models import TrainingRun
from backend.recommendations.queries import standing
from backend.recommendations.serving import forget
from matching import api as matching
from matching import artifacts
from tests.backend.racing import race
from tests.backend.refusals import contents, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def states() -> list[tuple[str, str, str]]:
    return list(TrainingRun.objects.order_by("pk").values_list("status", "model", "message"))


def files(settings) -> list[str]:
    folder = Path(settings.MODELS_DIR)
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


class Breaks:
    """Goes down at the n-th thing a training says."""

    def __init__(self, at: int, error: BaseException) -> None:
        self.left, self.error = at, error

    def __call__(self, _said: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


@pytest.mark.parametrize(
    ("at", "left"),
    [(1, []), (2, []), (3, ["additive-0001.json"])],
)
def test_a_training_that_breaks_half_way_is_noted_and_the_next_may_begin(settings, at, left):
    """Before the file is written there is none, afterwards it is whole: never half a file, never a draft."""
    with pytest.raises(OSError, match="pipe"):
        train_ranker(progress=Breaks(at, OSError("broken pipe")))
    assert states() == [("failed", "", "OSError('broken pipe')")]
    assert files(settings) == left
    for name in left:
        assert artifacts.read(Path(settings.MODELS_DIR) / name)[0].accepted is False
    verdicts = AuditEntry.objects.filter(verb="ranker.trained").values_list("after", flat=True)
    assert list(verdicts) == ["failed"]
    run = train_ranker()
    assert (run.status, run.model) == ("refused", f"additive-{len(left) + 1:04d}")


def test_a_training_that_was_killed_holds_the_others_up_for_two_hours(settings):
    """Nobody is left to note its end; what comes after its time is over does."""
    with pytest.raises(KeyboardInterrupt):
        train_ranker(progress=Breaks(2, KeyboardInterrupt()))
    assert (states(), files(settings)) == ([("running", "", "")], [])
    clock.advance(GIVEN_UP_AFTER)
    with refused(Conflict, "training_runs", TrainingRun):
        train_ranker()
    clock.advance(timedelta(seconds=1))
    train_ranker()
    assert [state[:2] for state in states()] == [("failed", ""), ("refused", "additive-0001")]
    given_up = TrainingRun.objects.order_by("pk").first()
    assert (given_up.message, given_up.ended_at) == ("given up", clock.now())


def test_a_night_that_broke_is_over(settings):
    """What could not be trained tonight is trained tomorrow: no night is tried all night long."""
    with pytest.raises(OSError, match="full"):
        train_ranker(nightly=True, progress=Breaks(1, OSError("full")))
    with refused(Conflict, "trained_tonight", TrainingRun):
        train_ranker(nightly=True)
    clock.advance(timedelta(days=1))
    assert train_ranker(nightly=True).night == clock.today()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("night", [True, False])
def test_of_four_workers_that_begin_at_once_one_trains(night):
    found = race(lambda _: _begin(clock.today() if night else None).pk, threads=4)
    code = "trained_tonight" if night else "training_runs"
    assert sorted(getattr(one, "code", "began") for one in found) == sorted(["began", *[code] * 3])
    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_all_four_would_train():
    """The control: nothing but the database tells simultaneous trainings apart."""
    (guard,) = [one for one in TrainingRun._meta.constraints if one.name == "training_one_at_a_time"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(TrainingRun, guard)
    try:
        found = race(lambda _: _begin(None).pk, threads=4)
        assert TrainingRun.objects.filter(status="running").count() == len(set(found)) == 4
    finally:
        TrainingRun.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(TrainingRun, guard)


@pytest.mark.django_db(transaction=True)
def test_of_several_verdicts_on_one_run_the_first_stands():
    """A run that was given up while it ended: one verdict, told once."""
    run = TrainingRun.objects.create()
    race(lambda n: _end(TrainingRun.objects.get(pk=run.pk), "failed", message=str(n)), threads=4)
    run.refresh_from_db()
    assert (run.status, run.message in {"0", "1", "2", "3"}) == ("failed", True)
    assert AuditEntry.objects.filter(verb="ranker.trained").count() == 1
    before = contents(TrainingRun)
    _end(run, "accepted", "additive-0009", "late")
    assert (contents(TrainingRun), run.status) == (before, "failed")


@pytest.mark.django_db(transaction=True)
def test_without_the_condition_each_verdict_replaces_the_one_before():
    """The control: an update that does not ask for the status changes the row every time."""
    run = TrainingRun.objects.create()
    rows = TrainingRun.objects.filter(pk=run.pk)
    changed = race(lambda n: rows.update(status="failed", message=str(n), ended_at=clock.now()), threads=4)
    assert changed == [1, 1, 1, 1]


def test_at_night_a_process_of_its_own_trains(settings, tmp_path):
    """A stand-in for manage.py writes down what it was asked; the worker does not wait for it."""
    settings.BASE_DIR = tmp_path
    said = tmp_path / "said"
    (tmp_path / "manage.py").write_text(
        f"import sys\nopen({str(said)!r}, 'w').write(' '.join(sys.argv[1:]))\n", encoding="utf-8"
    )
    clock.advance(timedelta(hours=-6))
    assert start_nightly() is True
    (child,) = training._started
    assert (child.wait(timeout=30), said.read_text(encoding="utf-8")) == (0, "train_ranker --nightly")
    TrainingRun.objects.create(night=clock.today())
    assert (start_nightly(), training._started) == (False, [])


def test_a_refused_training_leaves_the_serving_model_in_service(accepted):
    run = train_ranker()
    assert (run.status, run.model, standing().model) == ("refused", "additive-0003", "additive-0002")
    assert roll_back() == "additive-0002"
    assert (standing().model, standing().trained) == ("additive-0001", True)


def test_the_number_of_a_withdrawn_model_is_not_given_again(accepted):
    assert roll_back() == "additive-0002"
    assert train_ranker().model == "additive-0003"
    assert [(card.name, card.accepted) for card in artifacts.cards(accepted)] == [
        ("additive-0003", False),
        ("additive-0002", False),
        ("additive-0001", True),
    ]


def test_where_nothing_is_accepted_going_back_changes_nothing(settings):
    train_ranker()
    assert roll_back() == "additive-0002"
    before, kept = contents(TrainingRun), files(settings)
    assert roll_back() is None
    assert (contents(TrainingRun), files(settings)) == (before, kept)


def test_another_process_that_goes_back_is_noticed_at_the_next_question(accepted):
    assert standing().model == "additive-0002"
    artifacts.rollback(accepted)
    assert standing().model == "additive-0001"


def test_a_folder_that_does_not_change_is_not_read_again(accepted):
    """The control of the one before: a file overwritten in place leaves the folder as it was."""
    assert standing().model == "additive-0002"
    (accepted / "additive-0002.json").write_text("{}", encoding="utf-8")
    assert standing().model == "additive-0002"
    forget()
    assert standing().model == "additive-0001"


def test_without_a_folder_the_rules_answer(settings, accepted):
    assert standing().trained is True
    settings.MODELS_DIR = accepted / "nowhere"
    assert (standing().model, standing().trained) == ("weighted-rules-1", False)


def test_after_a_training_the_newest_accepted_model_answers_without_being_asked_for(accepted):
    """Whoever ranks next in this process ranks by it, even if nobody asks which one stands."""
    standing()
    artifacts.rollback(accepted)
    assert matching.active_model() == "additive-0002"
    train_ranker()
    assert matching.active_model() == "additive-0001"


def test_a_long_error_is_kept_as_far_as_there_is_room(settings):
    with pytest.raises(OSError, match=r"x{600}"):
        train_ranker(progress=Breaks(1, OSError("x" * 600)))
    assert TrainingRun.objects.get().message == f"OSError('{'x' * 491}"
