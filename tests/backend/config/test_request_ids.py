"""A request's id: taken of a proxy where it looks like one, else made; in the answer and in every line of the log."""

import re

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory

from backend.common.middleware import RequestIdMiddleware

MADE = re.compile(r"[0-9a-f]{32}")


def answered(given: str | None = None, view=lambda _request: HttpResponse()):
    headers = {} if given is None else {"X-Request-ID": given}
    return RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))


@pytest.mark.parametrize("given", ["abcd-1234", "A" * 8, "z" * 64, "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_an_id_of_a_proxy_is_kept(given):
    assert answered(given)["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given",
    [None, "", "short", "a" * 7, "a" * 65, "with space", "under_score", "a;b=c;d=e", "编号编号编号编号", "<script>x</script>", "abcd1234\n"],
)  # fmt: skip
def test_anything_else_is_replaced(given):
    made = answered(given)["X-Request-ID"]
    assert MADE.fullmatch(made)
    assert made != given


def test_no_two_requests_share_one():
    assert len({answered()["X-Request-ID"] for _ in range(50)}) == 50


def test_the_view_sees_the_id_its_answer_carries():
    seen = []
    answer = answered(view=lambda request: seen.append(request.request_id) or HttpResponse())
    assert seen == [answer["X-Request-ID"]]


def test_lines_of_the_log_carry_it_and_nothing_of_the_request_before():
    bound = []

    def view(_request):
        bound.append(structlog.contextvars.get_contextvars())
        structlog.contextvars.bind_contextvars(student=7)
        return HttpResponse()

    first, second = answered("first-one", view), answered("second-one", view)
    assert bound == [{"request_id": "first-one"}, {"request_id": "second-one"}]
    assert (first["X-Request-ID"], second["X-Request-ID"]) == ("first-one", "second-one")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/nowhere/", 404), ("/theme/", 405), ("/applications/", 302), ("/api/v1/nowhere/", 404),
     ("/static/web/css/tokens.css", 200), ("/positions/?q=%00", 422)],
)  # fmt: skip
def test_every_kind_of_answer_carries_it(client, path, status):
    answer = client.get(path, headers={"X-Request-ID": "from-the-proxy"})
    assert (answer.status_code, answer["X-Request-ID"]) == (status, "from-the-proxy")


@pytest.mark.django_db
def test_a_fault_carries_it_too_and_its_line_in_the_log(client, monkeypatch, caplog):
    from backend.web import home

    def broken(_request):
        raise RuntimeError("boom")

    monkeypatch.setattr(home, "_views", {"anonymous": broken})
    client.raise_request_exception = False
    answer = client.get("/", headers={"X-Request-ID": "from-the-proxy"})
    assert (answer.status_code, answer["X-Request-ID"]) == (500, "from-the-proxy")
    assert "boom" not in answer.content.decode()
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
