"""Error pages, home, theme, language, navigation, static files."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import override

from backend.accounts.actor import Actor
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.web import context, home, nav, views
from backend.web.forms import add_errors
from backend.web.gallery import SampleForm
from backend.web.middleware import DomainErrorMiddleware
from backend.web.paging import page

pytestmark = pytest.mark.django_db


def request_to(path: str = "/x/", method: str = "get", **extra):
    request = getattr(RequestFactory(), method)(path, **extra)
    request.actor, request.user, request.session = Actor(), AnonymousUser(), {}
    return request


def answer(error: Exception, **extra):
    with override(extra.pop("language", "en")):
        return DomainErrorMiddleware(lambda r: HttpResponse()).process_exception(request_to(**extra), error)


@pytest.mark.parametrize(
    ("error", "status", "english", "chinese"),
    [
        (NotFound(), 404, "Nothing is here", "页面不存在"),
        (NotAllowed(), 403, "This is not open to you", "您没有权限"),
        (Conflict(), 409, "Somebody was faster", "状态已经变化"),
        (Invalid(), 422, "Some entries need correcting", "有内容需要更正"),
    ],
)
def test_refusal_becomes_the_page_of_its_family(error, status, english, chinese):
    for language, title in (("en", english), ("zh-hans", chinese)):
        response = answer(error, language=language)
        assert response.status_code == status
        assert f"<h1>{title}</h1>" in response.content.decode()


def test_refusal_for_htmx_is_a_toast():
    response = answer(Conflict("slot_taken", "Taken"), HTTP_HX_REQUEST="true")
    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (
        409,
        "#toasts",
        "beforeend",
    )
    assert "<html" not in response.content.decode()
    assert 'data-code="slot_taken"' in response.content.decode()


def test_refusal_lists_the_fields_sentences():
    text = answer(Invalid(fields={"city": ["Unknown city"], "pay": "Too low"})).content.decode()
    assert "<li>Unknown city</li><li>Too low</li>" in text


def test_refusal_of_the_api_is_left_to_the_api():
    assert answer(NotFound(), path="/api/v1/positions/1/") is None


def test_fault_is_left_to_the_500_page():
    assert answer(ValueError("boom")) is None


@pytest.mark.parametrize(
    ("referer", "expected"),
    [
        ("http://testserver/list/?page=2", "/list/?page=2"),
        ("https://elsewhere.example/list/", "/"),
        ("http://testserver/x/", "/"),
        ("", "/"),
    ],
)
def test_way_back_stays_on_our_pages(referer, expected):
    assert views.way_back(request_to(HTTP_REFERER=referer)) == expected


@pytest.mark.parametrize(("language", "title"), [("en", "Nothing is here"), ("zh-hans", "页面不存在")])
def test_unknown_address_is_a_404_page(client, language, title):
    client.cookies["django_language"] = language
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert title in response.content.decode()


def test_500_page_needs_no_database():
    request = RequestFactory().get("/")
    with override("en"):
        response = views.server_error(request)
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


def test_policy_header_forbids_everything_inline(client):
    policy = client.get("/styleguide/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_visitor_gets_the_landing_page(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "双选会，真正双向选择" in response.content.decode()


def test_home_goes_where_the_role_is_registered(monkeypatch):
    monkeypatch.setattr(
        home, "_views", {"student": lambda request: HttpResponse("mine"), "staff": "styleguide"}
    )
    request = request_to("/")
    request.actor = Actor(role="student", user_id=1)
    assert home.home(request).content == b"mine"
    request.actor = Actor(role="staff", user_id=1)
    assert home.home(request).url == "/styleguide/"


def test_theme_is_kept_in_a_cookie(client):
    response = client.post("/theme/", {"theme": "dark", "next": "/styleguide/"})
    assert (response.status_code, response.url) == (302, "/styleguide/")
    assert 'data-theme="dark"' in client.get("/styleguide/").content.decode()


def test_theme_refuses_unknown_values_and_foreign_addresses(client):
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400
    assert client.post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"}).url == "/"
    assert client.get("/theme/").status_code == 405


def test_language_is_switched_by_a_form(client):
    assert '<html lang="zh-Hans"' in client.get("/styleguide/").content.decode()
    client.post("/language/", {"language": "en", "next": "/styleguide/"})
    assert '<html lang="en"' in client.get("/styleguide/").content.decode()


def test_forged_theme_cookie_is_ignored():
    request = request_to()
    request.COOKIES["theme"] = '"><script>'
    assert context.page(request)["theme"] == "auto"


def test_unread_is_counted_only_for_people(monkeypatch):
    monkeypatch.setattr(context, "_unread", [(lambda actor: 7, "styleguide")])
    request = request_to()
    assert context.page(request)["unread"] == 0
    request.actor = Actor(role="student", user_id=1)
    assert (context.page(request)["unread"], context.page(request)["unread_url"]) == (7, "/styleguide/")


def test_navigation_is_ordered_and_marks_the_longest_match(monkeypatch):
    monkeypatch.setattr(nav, "_entries", {role: [] for role in nav.ROLES})
    nav.register("student", "Guide", "styleguide", "eye", order=20)
    nav.register(["student", "staff"], "Home", "home", "home", order=10)
    nav.register("student", "Guide again", "styleguide", "eye", order=20)
    assert nav.links("student", "/styleguide/x/") == [
        nav.Link("Home", "/", "home", False),
        nav.Link("Guide again", "/styleguide/", "eye", True),
    ]
    assert nav.links("staff", "/") == [nav.Link("Home", "/", "home", True)]
    assert nav.links("operator", "/") == []


def test_a_form_without_its_token_is_refused_on_our_page():
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"}, HTTP_ACCEPT_LANGUAGE="en")
    text = "The form was open for too long. Go back, reload the page and send it again."
    assert (response.status_code, response.cookies.get("theme")) == (403, None)
    assert text in response.content.decode()


def test_navigation_to_a_page_that_is_not_served_is_reported(monkeypatch):
    monkeypatch.setattr(nav, "_entries", {role: [] for role in nav.ROLES})
    nav.register("student", "Ghost", "ghost:list")
    assert nav.links("student", "/") == []
    assert [error.id for error in nav.check_entries()] == ["web.E001"]


def test_errors_go_to_their_fields():
    form = SampleForm({"title": "a", "openings": 1, "kind": "full", "agreed": "on"})
    add_errors(form, Invalid(fields={"title": ["Too short"], "elsewhere": "Lost"}))
    assert form.errors == {"title": ["Too short"], "__all__": ["Lost"]}


def test_error_without_fields_stands_above_the_form():
    form = SampleForm({"title": "a", "openings": 1, "kind": "full", "agreed": "on"})
    add_errors(form, Invalid(message="Not today"))
    assert form.errors == {"__all__": ["Not today"]}


@pytest.mark.parametrize(("wanted", "number"), [("2", 2), ("99", 3), ("x", 1), ("-1", 3)])
def test_paging_gives_the_nearest_page(wanted, number):
    assert page(request_to(f"/x/?page={wanted}"), range(50), size=20).number == number


def test_static_files_are_served_whole(client):
    response = client.get("/static/web/css/tokens.css")
    assert (response.status_code, response.streaming) == (200, False)
    assert response["Content-Type"].startswith("text/css")
    assert client.get("/static/web/none.css").status_code == 404


@pytest.mark.parametrize("path", ["/positions/", "/positions/suggest/", "/accounts/login/", "/nowhere/"])
def test_an_address_with_nul_is_refused_by_name_in_both_languages(path):
    english = Client().get(f"{path}?q=a%00b&page=1", headers={"accept-language": "en"})
    assert (english.status_code, "This may not hold the character NUL." in english.content.decode()) == (
        422,
        True,
    )
    assert "不能包含空字符" in Client().get(f"{path}?q=%00").content.decode()


@pytest.mark.parametrize("path", ["/api/v1/positions/search/", "/api/v1/positions/"])
def test_over_json_too(path):
    answer = Client().get(f"{path}?q=%00&ci%00ty=1", headers={"accept-language": "en"})
    said = ["This may not hold the character NUL."]
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert answer.json()["fields"] == {"q": said, "city": said}
