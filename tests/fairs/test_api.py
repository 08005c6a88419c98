"""Fairs for programs: audiences, the main path, codes, and what is never shown."""

import pytest

from backend.accounts.models import User
from fairs.domain import line
from fairs.models import Booth, FairRegistration, Meeting, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def ask(client):
    """ask(actor, method, path, body) → (status, json)."""

    def call(actor, method, path, body=None):
        if actor is None:
            client.logout()
        else:
            client.force_login(User.objects.get(pk=actor.user_id))
        url = f"/api/v1/fairs/{path}"
        response = (
            getattr(client, method)(url, body, content_type="application/json")
            if method == "post"
            else client.get(url)
        )
        return response.status_code, response.json()

    return call


def test_anybody_reads_public_fairs_and_open_booths(ask):
    booth = BoothFactory()
    FairFactory(draft=True)
    BoothFactory(fair=booth.fair, requested=True)
    status, fairs = ask(None, "get", "")
    assert (status, [row["id"] for row in fairs["results"]]) == (200, [booth.fair_id])
    status, booths = ask(None, "get", "booths/")
    assert (status, [row["id"] for row in booths["results"]]) == (200, [booth.pk])


def test_the_whole_path(ask):
    booth = BoothFactory()
    student, recruiter = student_at(booth.fair, registered=False), recruiter_at(booth)
    assert ask(student, "post", f"{booth.fair_id}/register/")[0] == 200
    assert FairRegistration.objects.count() == 1
    status, ticket = ask(student, "post", "tickets/", {"booth": booth.pk})
    assert (status, ticket["number"], ticket["place"], ticket["status"]) == (201, 1, 1, "waiting")
    assert ask(student, "post", f"tickets/{ticket['id']}/away/")[1]["status"] == "away"
    assert ask(student, "post", f"tickets/{ticket['id']}/back/")[1]["status"] == "waiting"
    status, called = ask(recruiter, "post", f"booths/{booth.pk}/call/")
    assert (status, called["id"], called["status"]) == (200, ticket["id"], "called")
    status, talk = ask(student, "post", f"tickets/{ticket['id']}/accept/")
    assert (status, talk["status"]) == (201, "open")
    status, said = ask(recruiter, "post", f"meetings/{talk['id']}/say/", {"text": "你好"})
    assert (status, said["by_student"], said["text"]) == (201, False, "你好")
    status, ended = ask(recruiter, "post", f"meetings/{talk['id']}/end/", {"outcome": "interview"})
    assert (status, ended["outcome"], ended["due_at"]) == (200, "interview", None)
    assert sorted(ended) == [
        "due_at",
        "ended_at",
        "ends_at",
        "id",
        "message",
        "outcome",
        "started_at",
        "status",
        "ticket_id",
    ]


def test_company_signs_up(ask):
    fair = FairFactory(sign_up=True)
    recruiter = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
    position = PositionFactory(company_id=recruiter.company_id, published=True)
    status, booth = ask(recruiter, "post", f"{fair.pk}/sign-up/", {"positions": [position.pk]})
    assert (status, booth["status"], booth["positions"]) == (201, "requested", [position.pk])
    status, refused = ask(recruiter, "post", f"{fair.pk}/sign-up/", {"positions": [position.pk]})
    assert (status, refused["error"]) == (409, "booth_exists")
    assert Booth.objects.filter(fair=fair).count() == 1


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (None, "tickets/"),
        (None, "meetings/"),
        ("staff", "meetings/"),
    ],
)
def test_lists_that_are_not_for_everybody(ask, who, path):
    actor = staff_of(FairFactory()) if who else None
    assert ask(actor, "get", path)[0] in (401, 403)


def test_roles_may_not_do_each_others_things(ask):
    booth = BoothFactory()
    student, recruiter = student_at(booth.fair), recruiter_at(booth)
    assert ask(recruiter, "post", "tickets/", {"booth": booth.pk})[0] == 403
    assert ask(student, "post", f"booths/{booth.pk}/call/")[0] == 403
    assert ask(staff_of(booth.fair), "post", "tickets/", {"booth": booth.pk})[0] == 403
    assert Ticket.objects.count() == 0


def test_what_is_not_mine_is_not_found(ask):
    booth = BoothFactory()
    one, other = student_at(booth.fair), student_at(booth.fair)
    ticket = line.join_line(actor=one, booth_id=booth.pk)
    for act in ("away", "back", "leave", "accept"):
        assert ask(other, "post", f"tickets/{ticket.pk}/{act}/")[0] == 404
    assert ask(other, "get", f"tickets/{ticket.pk}/")[0] == 404
    ticket.refresh_from_db()
    assert (ticket.status, Meeting.objects.count()) == ("waiting", 0)


def test_refusals_carry_their_code(ask):
    booth = BoothFactory()
    student = student_at(booth.fair)
    line.join_line(actor=student, booth_id=booth.pk)
    status, body = ask(student, "post", "tickets/", {"booth": booth.pk})
    assert (status, body["error"]) == (409, "already_in_line")
    status, body = ask(student, "post", "tickets/", {"booth": "x"})
    assert (status, list(body["fields"])) == (422, ["booth"])
    assert Ticket.objects.count() == 1
