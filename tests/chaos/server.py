"""A real Elasticsearch of our own that can be killed and started again at the same address."""

import os
import signal
from pathlib import Path

from tests.servers import local, state


class Server:
    """The genuine server in the private folder that TEST_SERVERS_DIR names."""

    def __init__(self) -> None:
        self._state = state.State()
        self.url = local.start_elasticsearch(self._state)
        self._home = state.folder() / "elasticsearch" / f"elasticsearch-{local.ELASTICSEARCH}"

    def kill(self) -> None:
        """kill -9 of the whole session: the launcher and the server itself."""
        pid, _began = self._state.processes["elasticsearch"]
        os.killpg(pid, signal.SIGKILL)
        state.CHILDREN.pop(pid).wait()

    def start(self) -> None:
        """Again on the same port and the same data; returns when it is healthy."""
        local.run_elasticsearch(self._state, Path(self._home), int(self.url.rpartition(":")[2]))

    def stop(self) -> None:
        if state.alive(self._state.processes["elasticsearch"]):
            state.stop(self._state.processes["elasticsearch"])
