"""What is missing before the day: each gap found and mended, shown to whom it concerns, at a fixed cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import Membership, User
from backend.common import clock
from backend.companies.models import Company
from fairs import readiness
from fairs.models import Booth, BoothPosition, CameraCheck, Fair, Plan
from tests.factories.fairs import BoothFactory, FairFactory, PlanFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def complete(fair, **fields):
    """A booth that lacks nothing, with its recruiter."""
    booth = BoothFactory(fair=fair, **fields)
    Company.objects.filter(pk=booth.company_id).update(about="做数控机床。")
    BoothPosition.objects.create(booth=booth, position=PositionFactory(company=booth.company, published=True))
    recruiter = recruiter_at(booth)
    CameraCheck.objects.create(fair=fair, user_id=recruiter.user_id)
    User.objects.filter(pk=recruiter.user_id).update(last_login=timezone.now())
    return booth, recruiter


@pytest.fixture
def place():
    fair = FairFactory(ready=True)
    booth, recruiter = complete(fair, label="A001")
    PlanFactory(fair=fair, published=True)
    return fair, booth, recruiter


def kinds(fair):
    return [
        (gap.kind, gap.booth and gap.booth.pk, gap.count)
        for gap in readiness.of_fair(Fair.objects.get(pk=fair.pk))
    ]


BREAKS = {
    "hours_over": lambda booth, who: Fair.objects.update(
        starts_at=clock.now() - timedelta(hours=2), ends_at=clock.now()
    ),
    "no_booth": lambda booth, who: Booth.objects.update(status="refused"),
    "plan_unpublished": lambda booth, who: Plan.objects.update(status="draft"),
    "undecided": lambda booth, who: Booth.objects.update(status="requested"),
    "company_closed": lambda booth, who: Company.objects.update(vetted_until=clock.now()),
    "no_label": lambda booth, who: Booth.objects.update(label=""),
    "no_zone": lambda booth, who: Booth.objects.update(zone=""),
    "no_position": lambda booth, who: BoothPosition.objects.all().delete(),
    "no_recruiter": lambda booth, who: Membership.objects.filter(user=who.user_id).update(
        ended_at=clock.now()
    ),
    "never_signed_in": lambda booth, who: User.objects.filter(pk=who.user_id).update(last_login=None),
    "no_camera": lambda booth, who: CameraCheck.objects.all().delete(),
    "no_introduction": lambda booth, who: Company.objects.update(about=" "),
}
ALSO = {"undecided": ["no_booth"]}
OF_THE_FAIR = {"hours_over", "no_booth", "plan_unpublished"}
COMPANY = {
    "company_closed": "/company/",
    "no_position": "/company/fairs/booths/{booth}/positions/",
    "no_recruiter": "/team/",
    "never_signed_in": "/team/",
    "no_camera": "/fairs/{fair}/camera/",
    "no_introduction": "/company/profile/",
}


@pytest.mark.parametrize("kind", readiness.SENTENCES)
def test_each_gap_is_found_alone_and_leads_to_where_it_is_mended(place, client, kind):
    fair, booth, recruiter = place
    assert kinds(fair) == []
    staff = staff_of(fair)
    BREAKS[kind](booth, recruiter)
    here = None if kind in OF_THE_FAIR else booth.pk
    assert kinds(fair) == [*((also, None, 1) for also in ALSO.get(kind, [])), (kind, here, 1)]
    gap = readiness.of_fair(Fair.objects.get(pk=fair.pk))[-1]
    client.force_login(User.objects.get(pk=staff.user_id))
    assert client.get(gap.url).status_code == 200
    booth = Booth.objects.select_related("company").get(pk=booth.pk)
    own = [(gap.kind, gap.url) for gap in readiness.of_booths([booth])[booth.pk]]
    assert own == ([(kind, COMPANY[kind].format(booth=booth.pk, fair=fair.pk))] if kind in COMPANY else [])


def test_a_refused_booth_and_other_fairs_do_not_count(place):
    fair, _booth, _recruiter = place
    BoothFactory(fair=fair, status="refused", label="", zone="")
    BoothFactory(fair=FairFactory(ready=True, school=fair.school), zone="")
    assert kinds(fair) == []


def test_a_fair_in_the_hall_alone_needs_no_camera(place):
    CameraCheck.objects.all().delete()
    Fair.objects.update(place="onsite")
    assert kinds(place[0]) == []


def test_who_sees_which_list(place, client):
    fair, booth, recruiter = place
    Company.objects.update(about="")
    other, neighbour = complete(fair, label="A002", zone="")
    Fair.objects.update(school=fair.school)
    stranger = staff_of(FairFactory())
    staff_list, own = (
        reverse("fairs:readiness", args=[fair.pk]),
        reverse("fairs:booth_readiness", args=[booth.pk]),
    )
    allowed = {
        staff_list: {"staff": 200, "recruiter": 404, "neighbour": 404, "student": 404, "stranger": 404},
        own: {"staff": 404, "recruiter": 200, "neighbour": 404, "student": 404, "stranger": 404},
    }
    people = {
        "staff": staff_of(fair),
        "recruiter": recruiter,
        "neighbour": neighbour,
        "student": student_at(fair),
    }
    for path, cells in allowed.items():
        for name, status in cells.items():
            client.force_login(User.objects.get(pk=(people | {"stranger": stranger})[name].user_id))
            assert (path, name, client.get(path).status_code) == (path, name, status)
    client.force_login(User.objects.get(pk=recruiter.user_id))
    text = client.get(own).content.decode()
    assert other.company.name not in text
    assert "/company/profile/" in text


def test_opening_warns_and_does_not_forbid(place, client):
    fair, _booth, _recruiter = place
    Booth.objects.update(zone="")
    client.force_login(User.objects.get(pk=staff_of(fair).user_id))
    control = reverse("fairs:control", args=[fair.pk])
    assert [gap.kind for gap in client.get(control).context["gaps"]] == ["no_zone"]
    assert client.get(reverse("fairs:detail", args=[fair.pk])).context["gaps"] == 1
    client.post(reverse("fairs:move", args=[fair.pk]), {"to": "live"})
    assert Fair.objects.get(pk=fair.pk).status == "live"
    assert client.get(control).context["gaps"] == ()


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_costs_the_same_for_one_booth_and_for_three(client, size):
    fair = FairFactory(ready=True)
    for _ in range(size):
        recruiter_at(BoothFactory(fair=fair))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = readiness.of_fair(fair)
    assert (len(found), len(asked)) == (1 + 3 * size, 6)


def test_a_company_chooses_its_positions_anew(place, client):
    _fair, booth, recruiter = place
    more = PositionFactory(company=booth.company, published=True)
    foreign = PositionFactory(published=True)
    client.force_login(User.objects.get(pk=recruiter.user_id))
    path = reverse("fairs:booth_positions", args=[booth.pk])
    assert client.post(path, {"positions": [foreign.pk]}).status_code == 422
    assert BoothPosition.objects.get().position_id != foreign.pk
    assert client.post(path, {"positions": [more.pk]}).url == reverse(
        "fairs:booth_readiness", args=[booth.pk]
    )
    assert BoothPosition.objects.get().position_id == more.pk
    Fair.objects.update(status="live")
    assert client.post(path, {"positions": [more.pk]}).url == reverse("fairs:console", args=[booth.pk])
    assert client.get(reverse("fairs:booth_readiness", args=[booth.pk])).status_code == 404
