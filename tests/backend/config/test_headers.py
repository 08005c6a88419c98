"""What every answer tells the browser, page, JSON, file or refusal, whoever asks."""

import pytest
from django.urls import URLPattern, get_resolver

from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

SAME = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# Where search is asked, a form of another library is drawn, or a document of half a megabyte is made.
LEFT_OUT = ("admin/", "metrics", "api/v1/schema", "api/v1/docs")


def policy_of(answer) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: rest for name, _, rest in parts if name}


def addresses() -> list[str]:
    """Every address that needs no number in it."""

    def walk(patterns, before=""):
        for pattern in patterns:
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield path
            else:
                yield from walk(pattern.url_patterns, path)

    found = [path for path in walk(get_resolver().url_patterns) if "<" not in path and "(" not in path]
    return sorted({path.replace("^", "").replace("$", "") for path in found if not path.startswith(LEFT_OUT)})


PEOPLE = {
    "visitor": lambda: None,
    "student": lambda: MembershipFactory(of_student=True).user,
    "recruiter": lambda: RecruiterFactory(company=CompanyFactory(verified=True), owner=True).user,
    "staff": lambda: MembershipFactory().user,
}


def test_there_are_addresses_of_every_part():
    heads = {path.partition("/")[0] for path in addresses()}
    assert {"", "accounts", "api", "positions", "fairs", "insights", "students", "company", "staff"} <= heads
    assert len(addresses()) > 80


@pytest.mark.parametrize("who", PEOPLE)
def test_every_answer_forbids_frames_sniffing_and_foreign_code(client, who):
    if (user := PEOPLE[who]()) is not None:
        client.force_login(user, BACKEND)
    wrong = {}
    for path in addresses():
        if path.startswith("accounts/logout"):
            continue
        answer = client.get(f"/{path}")
        lacking = [name for name, value in SAME.items() if answer.headers.get(name) != value]
        policy = policy_of(answer)
        # A page may forbid more (a file opens in a sandbox), none may allow more.
        if "sandbox" not in policy and policy != POLICY:
            lacking.append("Content-Security-Policy")
        if answer.status_code >= 500 or lacking:
            wrong[path] = (answer.status_code, lacking)
    assert wrong == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere/", 404),
        ("get", "/theme/", 405),
        ("post", "/styleguide/", 405),
        ("get", "/positions/?q=%00", 422),
        ("get", "/api/v1/nowhere/", 404),
        ("post", "/api/v1/positions/", 401),
        ("get", "/static/web/none.css", 404),
        ("get", "/healthz", 200),
        ("options", "/", 405),
    ],
)
def test_a_refusal_and_a_file_say_the_same(client, method, path, status):
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SAME} == SAME
    assert policy_of(answer) == POLICY


def test_a_file_of_ours_says_so_too_and_is_in_no_frame_by_its_policy(client):
    answer = client.get("/static/web/css/tokens.css")
    sniffing = {name: value for name, value in SAME.items() if name != "X-Frame-Options"}
    assert {name: answer.headers.get(name) for name in sniffing} == sniffing
    assert policy_of(answer)["frame-ancestors"] == "'none'"


def test_a_page_that_broke_says_the_same(client, monkeypatch):
    from backend.web import home

    def broken(_request):
        raise RuntimeError("boom")

    monkeypatch.setattr(home, "_views", {"anonymous": broken})
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert ({name: answer.headers.get(name) for name in SAME}, policy_of(answer)) == (SAME, POLICY)


def test_no_directive_allows_what_stands_inside_the_page():
    words = " ".join(POLICY.values())
    for word in ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "*", "http:", "https:"):
        assert word not in words


@pytest.mark.parametrize("path", ["/", "/positions/", "/accounts/login/", "/styleguide/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_answer_says_its_language_and_that_it_depends_on_who_asks(client, path, language):
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Language"]) == (200, language)
    assert "Cookie" in answer["Vary"]
    assert answer["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("https", [True, False])
def test_a_session_cookie_is_out_of_reach_of_scripts_and_foreign_sites(client, settings, https):
    settings.SESSION_COOKIE_SECURE = https
    person = MembershipFactory().user
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    kept = answer.cookies["sessionid"]
    assert (bool(kept["httponly"]), kept["samesite"], bool(kept["secure"])) == (True, "Lax", https)


def test_over_http_a_public_host_sends_people_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    answer = client.get("/positions/?q=a")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/positions/?q=a")
    safe = client.get("/healthz", secure=True)
    assert (safe.status_code, safe["Strict-Transport-Security"]) == (200, "max-age=31536000")


@pytest.mark.parametrize(
    ("host", "status"), [("testserver", 200), ("evil.example", 400), ("testserver.evil.example", 400)]
)
def test_a_host_that_is_not_ours_is_not_answered(client, settings, host, status):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert client.get("/styleguide/", HTTP_HOST=host).status_code == status
