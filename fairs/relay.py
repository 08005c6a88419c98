"""Ephemeral credentials of the TURN relay, as coturn's REST scheme wants them; without a relay there are none."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

from django.conf import settings

from backend.common import clock

FOR_A_CALL = timedelta(hours=2)
FOR_A_CHECK = timedelta(minutes=2)


def configured() -> bool:
    """Whether this server has a relay."""
    return bool(settings.TURN_URLS and settings.TURN_SECRET)


def servers(user_id: int, lasting: timedelta) -> list[dict[str, Any]]:
    """What RTCPeerConnection takes as `iceServers`: user name `expiry:user`, password its HMAC-SHA1 by the secret."""
    if not configured():
        return []
    username = f"{int((clock.now() + lasting).timestamp())}:{user_id}"
    digest = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(digest).decode()
    return [{"urls": settings.TURN_URLS, "username": username, "credential": credential}]
