"""The three servers by `docker compose`, where an engine answers."""

import shutil
import subprocess
from pathlib import Path

COMMAND = ["docker", "compose", "-p", "fairway-tests", "-f", str(Path(__file__).with_name("compose.yml"))]
SERVICES = {
    "TEST_DATABASE_URL": ("postgres", 5432, "postgres://fairway:fairway@{address}/fairway"),
    "TEST_REDIS_URL": ("redis", 6379, "redis://{address}/0"),
    "TEST_ELASTICSEARCH_URL": ("elasticsearch", 9200, "http://{address}"),
}


def engine_answers() -> bool:
    """A docker program without a running engine is the same as none."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def up(variables: list[str]) -> dict[str, str]:
    """Start what the variables name, wait for their health checks, and return the URLs."""
    services = [SERVICES[variable][0] for variable in variables]
    subprocess.run([*COMMAND, "up", "-d", "--wait", *services], check=True)
    urls = {}
    for variable in variables:
        service, port, pattern = SERVICES[variable]
        said = subprocess.run(
            [*COMMAND, "port", service, str(port)], check=True, capture_output=True, text=True
        ).stdout
        urls[variable] = pattern.format(address=said.strip())
    return urls


def down() -> None:
    """Containers, networks and volumes of this project only."""
    subprocess.run([*COMMAND, "down", "-v"], check=True)
