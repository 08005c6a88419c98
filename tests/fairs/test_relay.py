"""The relay's credentials: as coturn computes them, for the two sides of an open meeting and whoever may try a camera."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from backend.accounts.models import User
from backend.common import clock
from fairs.domain import meeting
from tests.factories.fairs import BoothFactory
from tests.fairs.support import talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
URLS = ["turn:relay.example:3478"]


@pytest.fixture
def relayed(settings):
    settings.TURN_URLS, settings.TURN_SECRET = URLS, "s3cret-of-the-relay"


def _get(client, actor, name, pk):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client.get(reverse(f"fairs:{name}", args=[pk]))


@pytest.mark.usefixtures("relayed")
@pytest.mark.parametrize(("name", "lasting"), [("relay", 7200), ("camera_relay", 120)])
def test_each_gets_what_the_relay_will_compute_itself(client, name, lasting):
    student, recruiter, talk = talk_at(BoothFactory())
    pk = talk.pk if name == "relay" else talk.ticket.booth.fair_id
    for actor in (student, recruiter):
        answer = _get(client, actor, name, pk)
        (server,) = answer.json()["servers"]
        expiry, _, user = server["username"].partition(":")
        assert datetime.fromtimestamp(int(expiry), tz=clock.now().tzinfo) == clock.now() + timedelta(
            seconds=lasting
        )
        assert (user, server["urls"]) == (str(actor.user_id), URLS)
        digest = hmac.new(b"s3cret-of-the-relay", server["username"].encode(), hashlib.sha1).digest()
        assert server["credential"] == base64.b64encode(digest).decode()
        assert "no-store" in answer["Cache-Control"]
        assert "s3cret" not in answer.content.decode()


@pytest.mark.usefixtures("relayed")
def test_an_ended_meeting_gives_none(client):
    student, recruiter, talk = talk_at(BoothFactory())
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    for actor in (student, recruiter):
        answer = _get(client, actor, "relay", talk.pk)
        assert (answer.status_code, "turn:" in answer.content.decode()) == (409, False)


@pytest.mark.parametrize(("urls", "secret"), [([], ""), (URLS, ""), ([], "s3cret")])
def test_without_a_whole_relay_the_page_says_how_far_calls_reach(client, settings, urls, secret):
    settings.TURN_URLS, settings.TURN_SECRET = urls, secret
    student, _recruiter, talk = talk_at(BoothFactory())
    assert _get(client, student, "relay", talk.pk).json() == {"servers": []}
    page = _get(client, student, "meeting", talk.pk).content.decode()
    assert ("本服务器未配置中继" in page, "绝不录制" in page) == (True, True)


@pytest.mark.usefixtures("relayed")
def test_with_a_relay_the_page_does_not_warn(client):
    student, _recruiter, talk = talk_at(BoothFactory())
    assert "本服务器未配置中继" not in _get(client, student, "meeting", talk.pk).content.decode()
