"""The ASGI application: pages and JSON over HTTP, the live fair over WebSocket."""

import os
import sys

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
pages = get_asgi_application()

from autobahn.websocket import protocol as autobahn  # noqa: E402 - Django must be set up before these imports
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402

from backend.common import warming, worker  # noqa: E402
from fairs import bots, pulse  # noqa: E402
from fairs.realtime import at_once  # noqa: E402
from fairs.realtime.routing import websocket_urlpatterns  # noqa: E402
from search import api as search  # noqa: E402

# The loop that serves the sockets gives the lock back at every send; 5 ms of waiting for each, while a command or the
# worker computes, would be seconds for the last of a crowd.
sys.setswitchinterval(0.0005)
# autobahn, which daphne stands on, paints names for a debug line at every frame it sends, whether or not anybody reads it.
autobahn.hltype = autobahn.hlval = autobahn.pformat = lambda *_, **__: ""
at_once.prepare()

application = ProtocolTypeRouter(
    {
        "http": pages,
        # Who it is reads the fair's hub, for all who come in one moment.
        "websocket": AllowedHostsOriginValidator(CookieMiddleware(URLRouter(websocket_urlpatterns))),
    }
)

if settings.RUN_WORKER_INLINE:
    worker_stop = worker.start_thread()
    if settings.DEMO_BOTS:
        bots.start_thread(worker_stop)

search.prepare()
if not settings.TESTING:
    warming.start_thread()
    pulse.start_thread()
