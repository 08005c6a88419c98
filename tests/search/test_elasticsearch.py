"""Elasticsearch that is late, red, refuses, or lies behind TLS: what the engine makes of it, without a real one."""

import datetime as dt
import ipaddress
import json
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from search import api, feeding
from search.engines import base, configured
from search.engines.base import DocumentRefused, EngineUnavailable
from search.engines.elasticsearch import ElasticsearchEngine, writing
from search.engines.elasticsearch.bulk import Bulk, Moved
from search.query import PositionQuery
from tests.search.contract import ALL, NOW, document
from tests.search.servers import EMPTY, Server

QUERY = PositionQuery("电工", ALL, now=NOW)
ROWS = base.rows([document(1)])


@pytest.fixture
def server():
    held = Server()
    yield held
    held.close()


@pytest.fixture
def engine(server):
    made = ElasticsearchEngine(server.url, prefix="t", timeout=0.3)
    yield made
    made.client.close()


@pytest.fixture
def no_source(monkeypatch):
    monkeypatch.setattr(feeding, "_sources", [])


@pytest.fixture
def product(server, settings, no_source):
    """The whole of search on this server, with an embedded index of one position."""
    settings.ELASTICSEARCH_URL = ""
    api.rebuild([document(1)])
    settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_TIMEOUT_MS = server.url, 300
    yield configured.remote()
    configured.remote().engine.client.close()


# Answers that are none


def test_a_late_answer_is_unavailable_after_the_timeout_and_is_not_waited_for_twice(server, engine):
    server.hold = True
    began = time.monotonic()
    with pytest.raises(EngineUnavailable, match="ConnectionTimeout"):
        engine.find(QUERY)
    assert 0.25 < time.monotonic() - began < 2
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (503, {"error": {"type": "no_shard_available_action_exception"}, "status": 503}),
        (429, {"error": {"type": "circuit_breaking_exception"}, "status": 429}),
        (500, {"error": "broken"}),
        (404, {"error": {"type": "index_not_found_exception"}, "status": 404}),
        (401, {"error": {"type": "security_exception"}, "status": 401}),
        (400, {"error": {"type": "parsing_exception"}, "status": 400}),
        (200, b"<html>a proxy says hello"),
    ],
)
@pytest.mark.parametrize("ask", ["find", "count"])
def test_whatever_is_not_an_answer_is_unavailable(server, engine, status, answer, ask):
    server.answer = lambda _asked: (status, answer)
    calls = {
        "find": lambda: engine.find(QUERY),
        "count": engine.count,
    }
    with pytest.raises(EngineUnavailable):
        calls[ask]()


def test_a_server_that_is_not_there_is_unavailable(server, engine):
    server.close()
    with pytest.raises(EngineUnavailable, match="ConnectionError"):
        engine.find(QUERY)


@pytest.mark.parametrize(("drops", "answered"), [(1, True), (2, False)])
def test_a_connection_that_breaks_is_tried_once_more(server, engine, drops, answered):
    """It may have been an old one that the server closed while it rested; a second time is no accident."""
    engine.count()
    server.drops = drops
    if answered:
        assert engine.count() == 0
    else:
        with pytest.raises(EngineUnavailable, match="ConnectionError"):
            engine.count()
    assert len(server.asked) == 3


# The product beside it


@pytest.mark.parametrize(
    ("status", "answer"),
    [(503, {"error": "red", "status": 503}), (404, {"error": "no alias", "status": 404})],
)
def test_a_red_server_is_answered_for_and_left_in_peace_after_three_failures(product, server, status, answer):
    server.answer = lambda _asked: (status, answer)
    pages = [api.find_positions(QUERY) for _ in range(6)]
    assert [(page.ids, page.engine, page.degraded) for page in pages] == [([1], "embedded", True)] * 6
    assert (len(server.asked), product.reads.state) == (3, "open")


def test_a_slow_server_costs_people_three_timeouts_and_no_more(product, server):
    server.hold = True
    began = time.monotonic()
    pages = [api.find_positions(QUERY) for _ in range(20)]
    assert all(page.degraded for page in pages)
    assert len(server.asked) == 3
    assert time.monotonic() - began < 3


def test_suggestions_never_wait_for_elasticsearch(product, server):
    server.hold = True
    assert [found.text for found in api.suggest("电", now=NOW)] == ["电工"]
    assert server.asked == []


def test_the_state_says_red_and_comes_back_by_itself(product, server):
    server.answer = lambda _asked: (503, {"error": "red"})
    state = api.state()
    assert (state.engine, state.degraded, list(state.detail), state.documents) == (
        "embedded",
        True,
        ["elasticsearch"],
        1,
    )
    server.answer = lambda _asked: (200, EMPTY | {"count": 7})
    assert (api.state().engine, api.state().degraded, api.state().documents) == ("elasticsearch", False, 7)


def test_searches_that_fail_do_not_hold_up_writes_and_the_other_way_round(product, server):
    """A full disk refuses writes, yet answers; each has a breaker of its own."""
    server.answer = lambda _asked: (503, {"error": "red"})
    for _ in range(3):
        api.find_positions(QUERY)
    assert (product.reads.state, product.writes.state) == ("open", "closed")
    product.reads.succeeded()
    for _ in range(3):
        with pytest.raises(EngineUnavailable):
            api.feed("elasticsearch", [document(1)])
    assert (product.reads.state, product.writes.state) == ("closed", "open")
    asked = len(server.asked)
    with pytest.raises(EngineUnavailable, match="in peace"):
        api.feed("elasticsearch", [document(1)])
    assert len(server.asked) == asked


def test_a_refused_document_does_not_open_the_breaker(product, server):
    def answer(asked):
        if asked.path.startswith("/_bulk"):
            return 200, {"items": [{"index": {"status": 400, "error": "mapper_parsing_exception"}}]}
        return 200, {"i": {"aliases": {product.engine.write_alias: {}}}}

    server.answer = answer
    for _ in range(4):
        with pytest.raises(DocumentRefused, match="position 1"):
            api.feed("elasticsearch", [document(1)])
    assert product.writes.state == "closed"


def test_an_engine_that_is_not_configured_is_unavailable(product):
    with pytest.raises(EngineUnavailable, match="no engine"):
        api.feed("lucene", [document(1)])


def test_an_engine_that_cannot_be_asked_is_not_called_incomplete(product, server):
    server.answer = lambda _asked: (503, {"error": "red"})
    assert api.incomplete() == []
    server.answer = lambda _asked: (404, {"error": "alias missing", "status": 404})
    assert api.incomplete() == ["elasticsearch"]


def test_a_rebuild_goes_on_with_the_engine_that_can(product, server):
    server.answer = lambda _asked: (503, {"error": "red"})
    with pytest.raises(EngineUnavailable, match="elasticsearch"):
        api.rebuild([document(1), document(2)])
    assert configured.embedded().count() == 2
    with pytest.raises(EngineUnavailable, match="elasticsearch"):
        api.rebuild([document(3)], only=["elasticsearch"])
    assert configured.embedded().count() == 2


# What is sent


def test_writes_name_aliases_and_require_them_and_carry_their_version(server, engine):
    def answer(asked):
        if asked.path.startswith("/_bulk"):
            lines = asked.body.splitlines()
            return 200, {"items": [{"index": {"status": 201}}] * (len(lines) // 2)}
        return 200, {"i": {"aliases": {engine.write_alias: {}}}, "j": {"aliases": {engine.building: {}}}}

    server.answer = answer
    engine.write([{**ROWS[0], "version": 1}, {**ROWS[0], "version": 9}])
    sent = server.asked[-1]
    places = [json.loads(line)["index"] for line in sent.body.splitlines()[::2]]
    version = {"_id": "1", "version": 9, "version_type": "external_gte"}
    assert places == [{"_index": engine.write_alias, **version}, {"_index": engine.building, **version}]
    assert "require_alias=true" in sent.path


def test_writing_nothing_asks_nothing(server, engine):
    engine.write([])
    assert server.asked == []


def _moving(engine, moves: int):
    """A server whose write alias is gone for the first `moves` bulk requests."""
    left = [moves]

    def answer(asked):
        if not asked.path.startswith("/_bulk"):
            return 200, {"i": {"aliases": {engine.write_alias: {}}}}
        left[0] -= 1
        status = 404 if left[0] >= 0 else 201
        return 200, {"items": [{"index": {"status": status, "error": "index_not_found"}}]}

    return answer


def test_a_write_whose_alias_moved_looks_again_and_arrives(server, engine):
    server.answer = _moving(engine, 1)
    engine.write(ROWS)
    assert [asked.path.partition("?")[0] for asked in server.asked] == [
        f"/_alias/{engine.write_alias},{engine.building}", "/_bulk",
        f"/_alias/{engine.write_alias},{engine.building}", "/_bulk",
    ]  # fmt: skip


def test_an_alias_that_moves_twice_is_for_the_outbox_to_bring_again(server, engine):
    server.answer = _moving(engine, 2)
    with pytest.raises(EngineUnavailable, match="position 1"):
        engine.write(ROWS)


def test_rows_of_a_build_that_another_one_replaced_are_given_up(server, engine, monkeypatch):
    def moved(self, targets, rows, *, over_equal=True):
        raise Moved("the alias is gone")

    server.answer = lambda _asked: (200, {})
    build = writing.ElasticsearchBuild(engine)
    monkeypatch.setattr(Bulk, "send", moved)
    with pytest.raises(EngineUnavailable, match="another rebuild took over"):
        build.add(ROWS)


def test_discarding_a_build_of_a_dead_server_is_quiet(server, engine):
    server.answer = lambda _asked: (200, {})
    build = writing.ElasticsearchBuild(engine)
    server.answer = lambda _asked: (503, {"error": "red"})
    build.discard()
    assert (server.asked[-1].method, server.asked[-1].path.partition("?")[0]) == ("DELETE", f"/{build.index}")


# Who may ask


def certificate(name: str) -> tuple[bytes, bytes]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), secret


@pytest.fixture
def tls(tmp_path):
    """A server over TLS, and the path of the certificate that signed it."""
    public, secret = certificate("fairway test")
    (tmp_path / "ca.pem").write_bytes(public)
    (tmp_path / "both.pem").write_bytes(public + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    held = Server(tls=context)
    yield held, str(tmp_path / "ca.pem")
    held.close()


def test_the_settings_reach_the_client_key_and_certificate(tls, settings, no_source):
    held, ca = tls
    settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_CA_CERTS = held.url, ca
    settings.ELASTICSEARCH_API_KEY, settings.SEARCH_INDEX_PREFIX = "c2VjcmV0", "school"
    settings.ELASTICSEARCH_TIMEOUT_MS = 2_500
    engine = configured.remote().engine
    assert engine.count() == 0
    asked = held.asked[-1]
    assert (asked.headers["authorization"], asked.path) == ("ApiKey c2VjcmV0", f"/{engine.read}/_count")
    assert engine.read == "school-positions-v{}-read".format(engine.base.rpartition("v")[2])
    assert engine.client._request_timeout == 2.5
    engine.client.close()


def test_without_a_key_none_is_sent(server, engine):
    engine.count()
    assert "authorization" not in server.asked[-1].headers


def test_a_certificate_that_nobody_here_signed_is_refused(tls, tmp_path):
    held, _ca = tls
    (tmp_path / "other.pem").write_bytes(certificate("somebody else")[0])
    stranger = ElasticsearchEngine(held.url, prefix="t", ca_certs=str(tmp_path / "other.pem"), timeout=2)
    with pytest.raises(EngineUnavailable, match="TlsError"):
        stranger.count()
    assert held.asked == []
    stranger.client.close()


def test_a_search_is_less_patient_than_a_write_and_a_rebuild_more_than_both(engine):
    waits = [client._request_timeout for client in (engine.client, engine.writer, engine.patient)]
    assert waits == [0.3, 10, 60]
