"""What stands around every page: switches that lead nowhere else, the navigation of a role, the bell, files, refusals."""

import itertools
from types import SimpleNamespace

import pytest
from django.conf import settings as configured
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils.translation import override

from backend.accounts.actor import Actor
from backend.common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from backend.web import context, home, nav, paging, views
from backend.web.middleware import DomainErrorMiddleware
from tests.backend.web.markup import parsed
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def body_of(answer):
    """The body of a page as a tree."""
    text = answer.content.decode()
    return parsed(text.partition("<body")[2].partition(">")[2].partition("</body>")[0])


# Switches, and where they lead

ELSEWHERE = [
    "https://evil.example/", "http://evil.example", "//evil.example/x", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "/\\/evil.example", "https:evil.example", "https:/evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "ftp://testserver/", "http://testserver.evil.example/",
    "http://testserver@evil.example/", "http:///evil.example", " //evil.example", "\t//evil.example", "",
]  # fmt: skip
HERE = [
    "/",
    "/positions/?q=a%26b&page=2",
    "/fairs/#hall",
    "?page=2",
    "styleguide",
    "nothing",
    "http://testserver/positions/",
]
SWITCHES = {"theme": ("/theme/", {"theme": "dark"}), "language": ("/language/", {"language": "en"})}


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_switch_leads_to_no_other_place(client, switch, target):
    path, values = SWITCHES[switch]
    answer = client.post(path, {**values, "next": target})
    assert answer.status_code == 302
    assert answer["Location"] == "/"


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("target", HERE)
def test_a_switch_leads_back_to_the_page_it_stands_on(client, switch, target):
    path, values = SWITCHES[switch]
    assert client.post(path, {**values, "next": target})["Location"] == target


@pytest.mark.parametrize("switch", SWITCHES)
def test_over_https_a_switch_does_not_lead_back_to_http(client, switch):
    path, values = SWITCHES[switch]
    answer = client.post(path, {**values, "next": "http://testserver/positions/"}, secure=True)
    assert answer["Location"] == "/"


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("secure", [True, False])
def test_a_theme_is_kept_for_a_year_out_of_reach_of_scripts(client, theme, secure):
    kept = client.post("/theme/", {"theme": theme}, secure=secure).cookies["theme"]
    assert (kept.value, kept["max-age"], kept["samesite"]) == (theme, 365 * 24 * 3600, "Lax")
    assert (bool(kept["httponly"]), bool(kept["secure"])) == (True, secure)
    assert f'data-theme="{theme}"' in client.get("/styleguide/", secure=secure).content.decode()


@pytest.mark.parametrize("theme", ["", "pink", "Dark", "dark ", 'dark"', "light,dark"])
def test_a_theme_that_is_not_known_is_not_kept(client, theme):
    answer = client.post("/theme/", {"theme": theme, "next": "/positions/"})
    assert (answer.status_code, dict(answer.cookies)) == (400, {})


@pytest.mark.parametrize(("theme", "offered"), [("auto", "light"), ("light", "dark"), ("dark", "auto")])
def test_each_theme_offers_the_next_so_that_all_are_reached(client, theme, offered):
    client.cookies["theme"] = theme
    buttons = body_of(client.get("/styleguide/")).all("button", name="theme")
    assert {one["value"] for one in buttons} == {offered}


@pytest.mark.parametrize(
    ("asked", "shown"), [("en", "en"), ("zh-hans", "zh-Hans"), ("de", "zh-Hans"), ("", "zh-Hans")]
)
def test_a_language_that_is_not_spoken_changes_nothing(client, asked, shown):
    client.post("/language/", {"language": asked, "next": "/styleguide/"})
    assert f'<html lang="{shown}"' in client.get("/styleguide/").content.decode()


@pytest.mark.parametrize(
    ("accepted", "shown"),
    [("en", "en"), ("en-GB,en;q=0.9", "en"), ("zh-CN", "zh-Hans"), ("zh", "zh-Hans"), ("de,fr;q=0.8", "zh-Hans"),
     ("de,en;q=0.5", "en"), ("", "zh-Hans"), ("*", "zh-Hans"), ("x" * 600, "zh-Hans")],
)  # fmt: skip
def test_without_a_choice_the_browsers_language_is_spoken(accepted, shown):
    text = Client(headers={"accept-language": accepted}).get("/styleguide/").content.decode()
    assert f'<html lang="{shown}"' in text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_other_language_is_offered_in_its_own_words(client, language):
    client.cookies["django_language"] = language
    buttons = body_of(client.get("/styleguide/")).all("button", name="language")
    other = ("zh-hans", "zh-Hans", "中文") if language == "en" else ("en", "en", "English")
    assert {(one["value"], one["lang"], one.text) for one in buttons} == {other}


@pytest.mark.parametrize("path", ["/positions/?q=%22%3E%3Cscript%3E", "/styleguide/?a=1&b=2"])
def test_switches_know_the_page_they_stand_on(client, path):
    targets = {one["value"] for one in body_of(client.get(path)).all("input", name="next")}
    assert targets == {path}


# The shell of each role

PEOPLE = {
    "student": lambda: MembershipFactory(of_student=True).user,
    "recruiter": lambda: RecruiterFactory(company=CompanyFactory(verified=True), owner=True).user,
    "staff": lambda: MembershipFactory().user,
    "operator": lambda: MembershipFactory(operator=True).user,
}


@pytest.fixture(params=PEOPLE)
def person(request, client, frozen_now):
    """A browser in which somebody of each role has signed in."""
    user = PEOPLE[request.param]()
    client.force_login(user, BACKEND)
    return SimpleNamespace(role=request.param, user=user, browser=client)


def test_a_role_finds_its_pages_in_side_bar_drawer_and_bottom_bar(person):
    root = body_of(person.browser.get("/styleguide/"))
    entries = [(link.url, str(link.label)) for link in nav.links(person.role, "/styleguide/")]
    with override("zh-hans"):
        wanted = [
            (url, str(link.label))
            for (url, _), link in zip(entries, nav.links(person.role, "/"), strict=True)
        ]
    assert len(wanted) >= 3
    (side,) = root.all("nav", class_="sidebar-nav")
    assert [(one["href"], one.text) for one in side.all("a")] == wanted
    (bottom,) = root.all("nav", class_="bottombar")
    assert [(one["href"], one.text) for one in bottom.all("a")] == wanted[:4]
    drawer = root.one(id="drawer").all("nav")[0]
    assert [(one["href"], one.text) for one in drawer.all("a")] == wanted


def test_every_page_of_the_navigation_opens_and_is_marked_there(person):
    for link in [*nav.links(person.role, "/"), *nav.links(person.role, "/", "account")]:
        answer = person.browser.get(link.url, follow=True)
        assert answer.status_code == 200, link.url
        if link.url == answer.request["PATH_INFO"]:
            current = {
                one["href"] for one in body_of(answer).all("a", class_="nav-link") if one.get("aria-current")
            }
            assert link.url in current


def test_landmarks_are_named_and_the_content_is_reached_first(person):
    root = body_of(person.browser.get("/styleguide/"))
    names = [one["aria-label"] for one in root.all("nav") if not one.within("main")]
    assert all(names)
    assert len(root.all("main")) == 1
    assert root.one("main")["id"] == "main"
    first = next(one for one in root.below() if one.tag in {"a", "button"})
    assert (first["href"], first.classes) == ("#main", {"skip"})
    toasts = root.one(id="toasts")
    assert (toasts["role"], toasts["aria-live"]) == ("status", "polite")


def test_signing_out_is_a_form_and_not_a_link(person):
    root = body_of(person.browser.get("/styleguide/"))
    out = reverse("account_logout")
    forms = root.all("form", action=out)
    assert {one["method"] for one in forms} == {"post"}
    assert all(one.all("input", name="csrfmiddlewaretoken") for one in forms)
    assert root.all("a", href=out) == []


def test_every_form_of_the_shell_carries_its_token(person):
    forms = body_of(person.browser.get("/styleguide/")).all("form", method="post")
    assert len(forms) >= 4
    assert [one["action"] for one in forms if not one.all("input", name="csrfmiddlewaretoken")] == []


@pytest.mark.parametrize(
    ("unread", "said", "shown"),
    [
        (0, ("en", "Notifications"), []),
        (1, ("en", "Notifications, 1 unread"), ["1"]),
        (99, ("en", "Notifications, 99 unread"), ["99"]),
        (100, ("en", "Notifications, 100 unread"), ["99+"]),
        (3, ("zh-hans", "通知，3 条未读"), ["3"]),
    ],
)
def test_the_bell_says_how_much_is_unread(client, monkeypatch, unread, said, shown):
    language, label = said
    monkeypatch.setattr(context, "_unread", [(lambda _actor: unread, "styleguide")])
    client.force_login(MembershipFactory().user, BACKEND)
    client.cookies["django_language"] = language
    bells = body_of(client.get("/styleguide/")).all("a", class_="bell")
    assert {one["aria-label"] for one in bells} == {label}
    assert [one.text for one in bells[0].all(class_="bell-count")] == shown


def test_a_visitor_has_a_way_in_and_no_bell(client):
    root = body_of(client.get("/styleguide/"))
    assert root.all("a", class_="bell") == []
    assert reverse("account_login") in {one["href"] for one in root.all("a", class_="button")}
    assert root.all("form", action=reverse("account_logout")) == []


def test_a_home_without_a_view_is_a_welcome_to_people_alone(monkeypatch):
    monkeypatch.setattr(home, "_views", {})
    templates = {}
    for who, actor in (("visitor", Actor()), ("person", Actor(user_id=1))):
        monkeypatch.setattr(
            home, "render", lambda _request, template, who=who: templates.update({who: template})
        )
        home.home(SimpleNamespace(actor=actor, method="GET"))
    assert templates == {"visitor": "web/landing.html", "person": "web/welcome.html"}


# Navigation


@pytest.fixture
def entries(monkeypatch):
    monkeypatch.setattr(nav, "_entries", {role: [] for role in nav.ROLES})


@pytest.mark.usefixtures("entries")
def test_entries_stand_by_their_order_and_each_section_for_itself():
    nav.register("staff", "C", "styleguide", order=30)
    nav.register("staff", "A", "home", order=10)
    nav.register("staff", "Me", "styleguide", order=5, section="account")
    assert [link.label for link in nav.links("staff", "/x/")] == ["A", "C"]
    assert [link.label for link in nav.links("staff", "/x/", "account")] == ["Me"]


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", ["home"]),
        ("/styleguide/", ["styleguide"]),
        ("/styleguide/x/", ["styleguide"]),
        ("/style", []),
        ("/x/", []),
        ("/further/", ["styleguide"]),
        ("/further/x/", ["styleguide"]),
    ],
)
def test_the_longest_beginning_of_the_path_is_the_present_one(path, current):
    for name, under in (("home", ""), ("styleguide", "/further/")):
        nav.register("staff", name, name, under=under)
    assert [link.label for link in nav.links("staff", path) if link.current] == current


def test_every_role_has_a_navigation_of_pages_that_are_served():
    assert nav.check_entries() == []
    for role in nav.ROLES:
        for link in [*nav.links(role, "/"), *nav.links(role, "/", "account")]:
            assert resolve(link.url.partition("?")[0])
            assert link.icon in set(views.gallery.icons()), link


# Refusals


@pytest.mark.parametrize(
    ("family", "htmx", "method"),
    list(itertools.product([NotFound, NotAllowed, Conflict, Invalid], [True, False], ["get", "post"])),
)
def test_a_refusal_has_its_status_and_sentence_as_page_and_as_toast(family, htmx, method):
    request = getattr(RequestFactory(), method)("/x/", headers={"HX-Request": "true"} if htmx else {})
    request.actor, request.user, request.session = Actor(), SimpleNamespace(is_authenticated=False), {}
    answer = DomainErrorMiddleware(lambda _r: HttpResponse()).process_exception(request, family())
    assert answer.status_code == family.status
    assert ("<html" in answer.content.decode(), answer.get("HX-Retarget")) == (
        not htmx,
        "#toasts" if htmx else None,
    )
    assert str(family.message) in answer.content.decode()


@pytest.mark.parametrize("sentences", [["<b>x</b>"], "<b>x</b>", ("<b>x</b>",)])
def test_sentences_of_a_refusal_are_words(sentences):
    request = RequestFactory().get("/x/")
    request.actor, request.session = Actor(), {}
    text = views.refusal(request, Invalid(fields={"a": sentences})).content.decode()
    assert "<li>&lt;b&gt;x&lt;/b&gt;</li>" in text


@pytest.mark.parametrize(
    ("referer", "path", "method", "back"),
    [
        ("http://testserver/a/?q=1", "/b/", "GET", "/a/?q=1"),
        ("http://testserver/b/?q=1", "/b/", "GET", "/"),
        ("http://testserver/b/?q=1", "/b/", "POST", "/b/?q=1"),
        ("http://testserver/a/#x", "/b/", "GET", "/a/"),
        ("http://testserver", "/b/", "GET", ""),
        ("//evil.example/a/", "/b/", "GET", "/"),
        ("javascript:alert(1)", "/b/", "GET", "/"),
        ("https://evil.example/testserver/", "/b/", "GET", "/"),
    ],
)
def test_the_way_back_is_the_page_before_where_it_is_ours(referer, path, method, back):
    request = RequestFactory().generic(method, path, headers={"Referer": referer})
    assert views.way_back(request) == back


def test_a_fault_of_ours_is_no_refusal_and_an_api_path_is_left_alone():
    middleware = DomainErrorMiddleware(lambda _r: HttpResponse())
    for path, error in (("/x/", ValueError()), ("/api/v1/x/", DomainError()), ("/api/v1/x/", ValueError())):
        assert middleware.process_exception(RequestFactory().get(path), error) is None


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_a_fault_asks_nothing_of_what_broke(htmx, language, django_assert_num_queries):
    request = RequestFactory().get("/", headers={"HX-Request": "true"} if htmx else {})
    with override(language), django_assert_num_queries(0):
        answer = views.server_error(request)
        title = str(views.TITLES[500])
    text = answer.content.decode()
    assert (answer.status_code, "<html" in text, title in text) == (500, not htmx, not htmx)


# Files


def test_a_file_is_asked_for_once_and_then_known(client):
    first = client.get("/static/web/css/tokens.css")
    again = client.get("/static/web/css/tokens.css", headers={"If-Modified-Since": first["Last-Modified"]})
    head = client.head("/static/web/css/tokens.css")
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(first.content)))


@pytest.mark.parametrize(
    "path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static//etc/passwd", "/static/web/"]
)
def test_no_way_leads_out_of_the_files(client, path):
    assert client.get(path).status_code == 404


def test_a_method_that_writes_is_not_for_files(client):
    assert client.post("/static/web/css/tokens.css").status_code == 405


# Pages of a list


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (None, 1),
        ("", 1),
        ("1", 1),
        ("3", 3),
        ("4", 3),
        ("0", 3),
        ("-1", 3),
        ("x", 1),
        ("1.5", 1),
        ("２", 2),
        ("9" * 30, 3),
    ],
)
def test_a_page_out_of_reach_is_the_nearest(asked, number):
    request = RequestFactory().get("/x/", {} if asked is None else {"page": asked})
    found = paging.page(request, range(50), size=20)
    assert (found.number, list(found)) == (number, list(range(50))[(number - 1) * 20 : number * 20])


def test_languages_are_two_each_in_its_own_words():
    assert configured.LANGUAGES == [("zh-hans", "简体中文"), ("en", "English")]
