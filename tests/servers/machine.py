"""What this machine has: programs with their versions, memory, a JDK; and how Debian gets what is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "unzip": "unzip",
    "mvn": "maven",
    "chromium": "chromium fonts-noto-cjk",
}


class Missing(Exception):
    """A server cannot be had here; the text says why and what would help."""


def program(name: str) -> str | None:
    """Path of a program; Debian keeps PostgreSQL's outside PATH, one folder per version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: number(p.parts[4]))
    return str(found[-1]) if found else shutil.which(name)


def number(text: str) -> int:
    """The first whole number in a text: the major version in what programs print about themselves."""
    match = re.search(r"\d+", text)
    return int(match[0]) if match else 0


def require(name: str, at_least: int) -> str:
    """Path of a program that is at least this major version, or Missing."""
    path = program(name)
    if path is None:
        raise Missing(f"{name} is not installed (SERVERS=1 as root on Debian installs it)")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if number(said) < at_least:
        raise Missing(f"{name} is version {number(said)}, at least {at_least} is needed")
    return path


def java_home(root: Path = Path("/usr/lib/jvm"), at_least: int = 21) -> Path:
    """The newest JDK under root, which must be new enough for Elasticsearch."""
    homes = {}
    for release in root.glob("*/release"):
        match = re.search(r'JAVA_VERSION="(\d+)', release.read_text())
        if match and (release.parent / "bin/java").exists():
            homes[int(match[1])] = release.parent
    if not homes or max(homes) < at_least:
        raise Missing(f"no JDK of {at_least} or newer under {root}")
    return homes[max(homes)]


def memory_mb(meminfo: str | None = None) -> int:
    """Memory that can be had without swapping, in megabytes."""
    text = Path("/proc/meminfo").read_text() if meminfo is None else meminfo
    match = re.search(r"MemAvailable:\s+(\d+) kB", text)
    return int(match[1]) // 1024 if match else 0


def may_install() -> bool:
    return os.environ.get("SERVERS") == "1" and os.getuid() == 0 and shutil.which("apt-get") is not None


def install_missing() -> None:
    """Let Debian install what is missing, without starting any service of its own."""
    wanted = [package for name, package in PACKAGES.items() if program(name) is None]
    if not wanted or not may_install():
        return
    names = " ".join(wanted).split()
    print(f"installing {' '.join(names)}", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet, stdout=subprocess.DEVNULL)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
    subprocess.run(install, check=True, env=quiet, stdout=subprocess.DEVNULL)
