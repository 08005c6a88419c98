"""A stored file goes when the change that ended it is committed: never earlier, and surely, whatever dies in between."""

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from backend.common import clock, failpoints, files, outbox
from backend.common.models import OutboxEntry
from tests.factories.students import ResumeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


class Crash(BaseException):
    """A process that dies."""


def stored():
    return ResumeFactory(file=ContentFile(b"%PDF-", name="x.pdf")).file


def there(file) -> bool:
    return file.storage.exists(file.name)


def test_a_file_goes_with_the_delivery_and_nothing_else_does():
    file, other = stored(), stored()
    files.delete_file(file)
    assert (there(file), there(other)) == (True, True)
    assert outbox.run_once([files.TOPIC]) == 1
    assert (there(file), there(other)) == (False, True)


def test_a_rollback_loses_no_file():
    file = stored()
    with transaction.atomic():
        files.delete_file(file)
        transaction.set_rollback(True)
    assert (outbox.run_once([files.TOPIC]), there(file)) == (0, True)


def test_a_relay_that_dies_has_deleted_the_file_and_finds_it_gone():
    file = stored()
    files.delete_file(file)

    def die() -> None:
        raise Crash

    with failpoints.armed("outbox.after_handler", die), pytest.raises(Crash):
        outbox.run_once([files.TOPIC])
    assert (there(file), OutboxEntry.objects.count()) == (False, 1)
    clock.advance(outbox.LEASE * 2)
    assert (outbox.run_once([files.TOPIC]), OutboxEntry.objects.count()) == (1, 0)


def test_what_cannot_be_deleted_is_tried_again_and_holds_up_no_other(settings):
    """A directory stands where the file was: the entry keeps the reason, the others of its batch go."""
    file, other = stored(), stored()
    path = settings.MEDIA_ROOT / file.name
    path.unlink()
    path.mkdir()
    (path / "inside").touch()
    for row in (file, other):
        files.delete_file(row)
    assert (outbox.run_once([files.TOPIC]), there(other)) == (1, False)
    left = OutboxEntry.objects.get()
    assert (left.payload, left.attempts, left.last_error.startswith("OSError")) == (
        {"name": file.name},
        1,
        True,
    )
    (path / "inside").unlink()
    clock.advance(left.available_at - clock.now())
    assert (outbox.run_once([files.TOPIC]), path.exists()) == (1, False)
