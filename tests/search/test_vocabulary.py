"""The words that corrections are made against: read beside the requests, which take those that are there."""

import logging
import threading

import pytest

from search import api, vocabulary
from search.engines import configured
from search.engines.base import EngineUnavailable
from search.query import PositionQuery
from search.vocabulary import HELD, Vocabulary
from tests.search.contract import ALL, NOW, document


class Index:
    """Words that are read only while the door is open; says which threads read them."""

    def __init__(self, **words: int) -> None:
        self.words, self.readers, self.fails = words, [], False
        self.door = threading.Event()
        self.door.set()

    def read(self):
        self.readers.append(threading.current_thread())
        self.door.wait(60)
        if self.fails:
            raise EngineUnavailable("the index is gone")
        return self.words


@pytest.fixture
def index():
    made = Index(java=3)
    yield made
    made.door.set()
    for reader in made.readers:
        reader.join()


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def words(index, now):
    return Vocabulary(index.read, clock=lambda: now[0])


def test_nothing_is_read_before_somebody_asks(words, index):
    assert index.readers == []
    assert words.speller().correct("jaav") == "java"


def test_the_words_are_read_by_another_thread_than_the_one_that_asks(words, index):
    words.speller()
    assert [reader is threading.current_thread() for reader in index.readers] == [False]


def test_the_same_speller_serves_until_the_words_are_old(words, index, now):
    first = words.speller()
    now[0] = HELD
    assert words.refresh() is None
    assert (words.speller() is first, len(index.readers)) == (True, 1)


def test_old_words_serve_while_new_ones_are_read(words, index, now):
    """The request that finds them old does not wait: the door stays shut until it has its answer."""
    first = words.speller()
    index.door.clear()
    index.words = {"rust": 1}
    now[0] = HELD + 1
    assert [words.speller() for _ in range(3)] == [first] * 3
    making = words.refresh()
    index.door.set()
    making.join()
    assert [words.speller().correct(text) for text in ("jaav", "rsut")] == ["", "rust"]
    assert len(index.readers) == 2


def test_words_age_from_the_moment_they_were_begun_to_be_read(words, index, now):
    index.door.clear()
    making = words.refresh()
    now[0] = HELD + 1
    index.door.set()
    making.join()
    assert words.refresh() is not None


def test_who_asks_first_does_not_wait_for_ever(words, index, monkeypatch):
    monkeypatch.setattr(vocabulary, "FIRST_WAIT", 0.01)
    index.door.clear()
    assert words.speller().correct("jaav") == ""
    index.door.set()
    words.refresh().join()
    assert words.speller().correct("jaav") == "java"


def test_many_who_ask_at_once_have_the_words_read_once(words, index):
    start, got = threading.Barrier(8), []

    def ask() -> None:
        start.wait()
        got.append(words.speller().correct("jaav"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (got, len(index.readers)) == (["java"] * 8, 1)


def test_a_failure_is_said_and_keeps_the_words_that_are_there(words, index, now, caplog):
    first = words.speller()
    index.fails, now[0] = True, HELD + 1
    with caplog.at_level(logging.WARNING, "search.vocabulary"):
        words.refresh().join()
    assert [record.getMessage() for record in caplog.records] == [
        "search: the words of the index cannot be read now: the index is gone"
    ]
    index.fails = False
    making = words.refresh()
    assert making is not None
    making.join()
    assert words.speller() is not first


def test_a_failure_of_the_first_reading_corrects_nothing_and_is_tried_again(words, index):
    index.fails = True
    assert words.speller().correct("jaav") == ""
    index.fails = False
    assert words.speller().correct("jaav") == "java"


def test_a_speller_is_handed_over_with_its_tables_made(words):
    """Otherwise the first correction would make them, inside a request."""
    assert {"_letters", "_syllables", "_initials", "_at"} <= set(vars(words.speller()))


# Through the door


def find(text):
    return api.find_positions(PositionQuery(text, ALL, now=NOW))


@pytest.fixture
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


def test_new_words_are_known_once_the_old_ones_are_read_again(embedded_only, monkeypatch):
    api.index([document(1, "会计")])
    assert find("kuaiji").corrected == "会计"
    api.index([document(2, "出纳")])
    assert find("chuna").corrected == ""
    monkeypatch.setattr(vocabulary, "HELD", -1.0)
    configured.vocabulary().refresh().join()
    assert find("chuna").corrected == "出纳"


def test_no_words_are_read_for_what_is_found_as_it_is_written(embedded_only):
    api.index([document(1, "会计")])
    found = [find(text).ids for text in ("会计", "", '"会计"', "-会计")]
    assert (found, configured.vocabulary()._speller) == ([[1], [1], [1], []], None)


def test_a_process_that_begins_has_the_words_of_a_built_index_read(embedded_only):
    api.rebuild([document(1, "会计")])
    api.prepare()
    making = configured.vocabulary()._making
    if making is not None:
        making.join()
    assert configured.vocabulary()._speller.correct("kuaiji") == "会计"


def test_a_process_that_begins_without_an_index_makes_none(embedded_only, settings):
    api.prepare()
    assert (configured.vocabulary()._speller, settings.SEARCH_DIR.exists()) == (None, False)
