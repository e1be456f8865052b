"""Find programs that PyPI does not have; `python -m deploy.binaries haproxy` installs a missing one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final


class ServerUnavailable(RuntimeError):
    """A server is not installed, or does not start."""


def _postgres_bin() -> Path | None:
    """Return the folder of the newest PostgreSQL, from version 15."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    complete = [
        folder for folder in folders if all((folder / name).exists() for name in ("postgres", "initdb", "psql"))
    ]
    newest = max(complete, key=_postgres_major, default=None)
    return newest if newest and _postgres_major(newest) >= 15 else None


def _postgres_major(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    major = re.search(r"\d+", said)
    return int(major[0]) if major else 0


def _rabbitmq_bin() -> Path | None:
    """Return the folder of RabbitMQ's own scripts. Debian's wrappers in the PATH change the user."""
    folders = [Path("/usr/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin")]
    if found := shutil.which("rabbitmq-server"):
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "rabbitmq-server").exists()), None)


def _curl_bin() -> Path | None:
    """Return the folder of curl, which the tutorials use."""
    found = shutil.which("curl")
    return Path(found).parent if found else None


def _haproxy_bin() -> Path | None:
    """Return the folder of HAProxy; Debian installs it in sbin."""
    found = shutil.which("haproxy", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    return Path(found).parent if found else None


def _chromium_bin() -> Path | None:
    """Return the folder of Chromium."""
    found = shutil.which("chromium")
    return Path(found).parent if found else None


_FINDERS: Final = {
    "postgresql": _postgres_bin,
    "rabbitmq-server": _rabbitmq_bin,
    "haproxy": _haproxy_bin,
    "curl": _curl_bin,
    "chromium": _chromium_bin,
}


@cache
def folder_of(package: str) -> Path:
    """Return the folder of a package's programs."""
    return ensure(package)[package]


def ensure(*packages: str) -> dict[str, Path]:
    """Return the folder of each package's programs; install a missing one, or name the command that does."""
    missing = [package for package in packages if _FINDERS[package]() is None]
    if missing:
        _install(missing)
    folders = {package: folder for package in packages if (folder := _FINDERS[package]())}
    if useless := set(packages) - folders.keys():
        raise ServerUnavailable(f"Installed, but too old or not found: {', '.join(useless)}. PostgreSQL 15 is needed.")
    return folders


def _install(packages: Sequence[str]) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ServerUnavailable(
            f"This needs programs that are not installed here. Run: sudo apt-get install {' '.join(packages)}"
        )
    install = ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages)
    with _no_service_starts():
        # What a fresh machine lacks is the list of packages.
        if not _apt(*install):
            _apt("apt-get", "--quiet", "update")
            _apt(*install)


def _apt(*command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep Debian from starting a service when it installs it."""
    policy = Path("/usr/sbin/policy-rc.d")
    before = (policy.read_bytes(), policy.stat().st_mode) if policy.exists() else None
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        if before:
            policy.write_bytes(before[0])
            policy.chmod(before[1])
        else:
            policy.unlink()


if __name__ == "__main__":
    try:
        ensure(*(sys.argv[1:] or _FINDERS))
    except ServerUnavailable as error:
        sys.exit(str(error))
