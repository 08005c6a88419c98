"""The baseline: `python -m tests.load.bare PORT` tells everybody what anybody says, with no fair behind it."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve


async def main(port: int) -> None:
    """Serve until killed: the library's own server, its own broadcast, no compression, nothing checked or stored."""
    room: set[ServerConnection] = set()

    async def enter(connection: ServerConnection) -> None:
        room.add(connection)
        try:
            async for message in connection:
                broadcast(room, message)
        finally:
            room.discard(connection)

    async with serve(
        enter, "127.0.0.1", port, compression=None, ping_interval=None, max_size=2**17
    ) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
