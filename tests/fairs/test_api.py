"""Fairs for programs: audiences, the main path, codes, and what is never shown."""

import pytest

from backend.accounts.models import User
from fairs.domain import group, line
from fairs.models import Booth, FairRegistration, Meeting, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.fairs.support import rows, talk_at

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


class TestLists:
    def test_places_stand_in_the_list(self, ask):
        booth = BoothFactory()
        people = [student_at(booth.fair) for _ in range(3)]
        tickets = [line.join_line(actor=person, booth_id=booth.pk) for person in people]
        line.leave_line(actor=people[0], ticket_id=tickets[0].pk)
        _status, found = ask(recruiter_at(booth), "get", "tickets/")
        assert {row["number"]: (row["status"], row["place"]) for row in found["results"]} == {
            1: ("left", None),
            2: ("waiting", 1),
            3: ("waiting", 2),
        }
        _status, mine = ask(people[2], "get", f"tickets/{tickets[2].pk}/")
        assert (mine["number"], mine["place"]) == (3, 2)

    def test_a_booth_names_open_positions_only(self, ask):
        booth = BoothFactory()
        shown = PositionFactory(company=booth.company, published=True)
        for position in (shown, PositionFactory(company=booth.company)):
            booth.brought.create(position=position)
        for actor in (None, recruiter_at(booth), staff_of(booth.fair)):
            _status, found = ask(actor, "get", f"booths/{booth.pk}/")
            assert found["positions"] == [shown.pk]

    @pytest.mark.parametrize(
        ("who", "fairs"),
        [
            ("student", {"own", "partner"}),
            ("staff", {"own", "draft", "partner"}),
            ("recruiter", {"own", "partner"}),
        ],
    )
    def test_fairs_of_the_alliance_and_no_others(self, ask, who, fairs):
        alliance = AllianceFactory()
        own = FairFactory(school=SchoolFactory(alliance=alliance))
        made = {
            "own": own,
            "draft": FairFactory(school=own.school, draft=True),
            "partner": FairFactory(school=SchoolFactory(alliance=alliance)),
            "partner draft": FairFactory(school=SchoolFactory(alliance=alliance), draft=True),
            "foreign": FairFactory(),
        }
        actor = {
            "student": student_at(own),
            "staff": staff_of(own),
            "recruiter": recruiter_at(BoothFactory(fair=own)),
        }[who]
        _status, found = ask(actor, "get", "")
        ids = {row["id"] for row in found["results"]}
        assert {name for name, fair in made.items() if fair.pk in ids} == fairs
        for name, fair in made.items():
            assert ask(actor, "get", f"{fair.pk}/")[0] == (200 if name in fairs else 404)

    def test_a_tickets_json_names_no_person(self, ask):
        booth = BoothFactory()
        student = student_at(booth.fair, name="王小明")
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        for actor in (student, recruiter_at(booth), staff_of(booth.fair)):
            status, found = ask(actor, "get", f"tickets/{ticket.pk}/")
            assert (status, "王小明" in str(found), "student" in str(sorted(found))) == (200, False, False)

    def test_a_tickets_json_says_that_it_is_called_into_a_group_or_wants_none(self, ask):
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(2)]
        tickets = [line.join_line(actor=actor, booth_id=booth.pk) for actor in students]
        session = group.open_group(actor=recruiter_at(booth), booth_id=booth.pk, size=2)
        group.decline_group(actor=students[1], ticket_id=tickets[1].pk)
        found = [ask(a, "get", f"tickets/{t.pk}/")[1] for a, t in zip(students, tickets, strict=True)]
        assert [(row["status"], row["group_id"], row["alone"]) for row in found] == [
            ("called", session.pk, False),
            ("waiting", None, True),
        ]


class TestWrites:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"outcome": ""}, "outcome"),
            ({"outcome": "hired"}, "outcome"),
            ({"outcome": "offer", "message": "x" * 1001}, "message"),
            ({"outcome": "offer", "message": "a\x00"}, "message"),
        ],
    )
    def test_a_wrong_end_names_its_field(self, ask, body, field):
        _student, recruiter, talk = talk_at(BoothFactory())
        before = rows()
        status, answer = ask(recruiter, "post", f"meetings/{talk.pk}/end/", body)
        assert (status, list(answer["fields"])) == (422, [field])
        assert rows() == before

    @pytest.mark.parametrize("who", ["student", "recruiter"])
    def test_an_end_without_an_outcome_leaves_the_answer_due(self, ask, who):
        student, recruiter, talk = talk_at(BoothFactory())
        actor, sent = {"student": (student, {"outcome": "offer"}), "recruiter": (recruiter, {})}[who]
        status, ended = ask(actor, "post", f"meetings/{talk.pk}/end/", sent)
        assert (status, ended["status"], ended["outcome"]) == (200, "ended", "pending")
        assert ended["due_at"] is not None

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\x00b", "\ud800", None, 5, ["x"]])
    def test_what_is_no_message_is_not_said(self, ask, text):
        student, _recruiter, talk = talk_at(BoothFactory())
        status, answer = ask(student, "post", f"meetings/{talk.pk}/say/", {"text": text})
        if text == 5:
            assert (status, answer["text"]) == (201, "5")
            return
        assert (status, list(answer["fields"])) == (422, ["text"])

    @pytest.mark.parametrize(
        "body", [{}, {"positions": []}, {"positions": ["x"]}, {"positions": [0]}, {"positions": 5}]
    )
    def test_a_sign_up_names_its_positions(self, ask, body):
        fair = FairFactory(sign_up=True)
        recruiter = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
        status, answer = ask(recruiter, "post", f"{fair.pk}/sign-up/", body)
        assert (status, list(answer["fields"])) == (422, ["positions"])
        assert Booth.objects.filter(fair=fair).count() == 0

    def test_one_key_draws_one_number(self, client):
        booth = BoothFactory()
        client.force_login(User.objects.get(pk=student_at(booth.fair).user_id))

        def join(number):
            return client.post(
                "/api/v1/fairs/tickets/",
                {"booth": number},
                content_type="application/json",
                headers={"idempotency-key": "k1"},
            )

        first, again = join(booth.pk), join(booth.pk)
        assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
        assert join(booth.pk + 1).status_code == 422
        assert Ticket.objects.count() == 1

    @pytest.mark.parametrize(
        ("who", "path"),
        [
            ("student", "booths/{booth}/call/"),
            ("recruiter", "tickets/{ticket}/away/"),
            ("recruiter", "tickets/{ticket}/accept/"),
            ("staff", "meetings/{talk}/say/"),
            ("staff", "booths/{booth}/call/"),
            ("student", "{fair}/sign-up/"),
            ("recruiter", "{fair}/register/"),
        ],
    )
    def test_another_roles_command_is_refused_without_a_trace(self, ask, who, path):
        booth = BoothFactory()
        student, recruiter, talk = talk_at(booth)
        ids = {"booth": booth.pk, "ticket": talk.ticket_id, "talk": talk.pk, "fair": booth.fair_id}
        actor = {"student": student, "recruiter": recruiter, "staff": staff_of(booth.fair)}[who]
        before = rows()
        status, answer = ask(
            actor, "post", path.format(**ids), {"text": "x", "outcome": "offer", "positions": [1]}
        )
        assert (status, answer["error"]) == (403, "not_allowed")
        assert rows() == before
