"""Every engine is fed on its own: what one misses waits for it alone, and a position that is gone is forgotten."""

import socket
from datetime import timedelta

import pytest

from backend.common import clock, outbox
from backend.common.models import OutboxEntry
from backend.positions import indexing
from search import api
from search.engines import configured
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def dead_elasticsearch(settings):
    """An address where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{held.getsockname()[1]}"
        yield


@pytest.fixture
def position(settings):
    settings.ELASTICSEARCH_URL = ""
    row = PositionFactory(published=True)
    OutboxEntry.objects.all().delete()
    return row


def waiting() -> list[tuple[str, dict, int]]:
    return list(
        OutboxEntry.objects.filter(topic__in=indexing.TOPICS)
        .order_by("pk")
        .values_list("topic", "payload", "attempts")
    )


def held() -> list[int]:
    return [pk for pk, _version, _checksum in configured.embedded().standings(clock.now())]


def test_what_elasticsearch_misses_waits_for_it_alone(position, dead_elasticsearch):
    indexing.look_again([position.pk])
    outbox.run_once(indexing.TOPICS)
    missed = ("positions.catch_up", {"position": position.pk, "engine": "elasticsearch"}, 0)
    assert (held(), waiting()) == ([position.pk], [missed])
    for _ in range(20):
        clock.advance(timedelta(minutes=5))
        outbox.run_once(indexing.TOPICS)
    assert waiting() == [missed]
    assert indexing.waiting() == {"elasticsearch": pytest.approx(6000, abs=1)}


def test_catch_up_is_delivered_when_the_engine_is_back(position, dead_elasticsearch, settings):
    outbox.put_many(
        indexing.CATCH_UP, [({"position": position.pk, "engine": "embedded"}, f"embedded:{position.pk}")]
    )
    outbox.run_once(indexing.TOPICS)
    assert (held(), waiting(), indexing.waiting()) == ([position.pk], [], {})


def test_catch_up_for_an_engine_that_is_not_configured_any_more_is_dropped(position):
    outbox.put_many(indexing.CATCH_UP, [({"position": position.pk, "engine": "elasticsearch"}, "x")])
    outbox.run_once(indexing.TOPICS)
    assert (held(), waiting()) == ([], [])


def test_a_position_that_left_the_database_is_forgotten_for_good(position):
    api.index(list(indexing.all_documents()))
    pk = position.pk
    position.delete()
    indexing.handle_positions([{"position": pk}])
    assert indexing.as_they_are({pk}) == ([], [(pk, indexing.NO_MORE)])
    assert held() == []


def test_an_index_that_was_never_built_is_completed_once(position):
    assert api.incomplete() == ["embedded"]
    indexing.complete_index()
    assert (held(), api.incomplete()) == ([position.pk], [])


def test_all_documents_are_read_in_batches(position, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    rows = [position, *PositionFactory.create_batch(4, published=True)]
    assert [document.id for document in indexing.all_documents()] == [row.pk for row in rows]


def test_verify_sees_a_scope_that_changed_without_a_version(position):
    api.index(list(indexing.all_documents()))
    assert not any(api.verify(indexing.all_standings, clock.now()).values())
    type(position.company).objects.filter(pk=position.company_id).update(
        vetted_until=clock.now() + timedelta(days=3)
    )
    assert api.verify(indexing.all_standings, clock.now())["embedded"].visibility == (position.pk,)
