"""Run a private HAProxy with the platform's configuration, `deploy/gateway`."""

import re
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from signal import SIGUSR1, SIGUSR2
from types import MappingProxyType
from typing import Final

from deploy.keeper import Child, give, send, wait_until
from deploy.servers import HOST, STARTUP, Server, free_port

GATEWAY: Final = Path(__file__).parent / "gateway"


class HAProxy(Server):
    """A gateway process. `addresses` fills the variables of the configuration."""

    name = "HAProxy"
    package = "haproxy"

    def __init__(
        self,
        servers: Mapping[str, str],
        settings: Mapping[str, str] = MappingProxyType({}),
        *,
        port: int | None = None,
        certificate: Path | None = None,
    ) -> None:
        super().__init__()
        self.port = port or self.port
        self.internal_port = free_port()
        self._servers = dict(servers)
        self._settings = dict(settings)
        self._certificate = certificate

    @property
    def url(self) -> str:
        """Public address."""
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://{HOST}:{self.port}"

    @property
    def internal_url(self) -> str:
        """Address of `/health` and `/metrics`."""
        return f"http://{HOST}:{self.internal_port}"

    def restart(self) -> None:
        """Start a new process on the same sockets; the old one finishes its requests."""
        before = self.workers()
        send(self.pid, SIGUSR2)
        if not wait_until(lambda: self.workers() - before and self._answers(), STARTUP):
            raise AssertionError(f"HAProxy did not start again:\n{self.log()[-3000:]}")

    def drain(self) -> None:
        """Take no new connections, and finish the requests in hand. `stop` ends what is left."""
        send(self.pid, SIGUSR1)

    def sees(self, service: str, address: str) -> bool:
        """Return True if the last health check of this server succeeded."""
        names = [name for name, known in self._servers.items() if known == address]
        wanted = [f'proxy="{service}",server="{name.lower().replace("_", "-")}",state="UP"}} 1' for name in names]
        with urllib.request.urlopen(f"{self.internal_url}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        return any(f"haproxy_server_status{{{line}" in metrics for line in wanted)

    def workers(self) -> set[int]:
        """Return the worker processes: one, and during a restart the old ones too."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return {int(pid) for pid in children.read_text().split()} if children.exists() else set()

    def check(self) -> str:
        """Return the messages of HAProxy about its configuration."""
        done = subprocess.run(
            [*self._command(), "-c", "-q"], env=self._environment(), capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def _command(self) -> list[str]:
        files = [str(self.folder / "gateway" / name) for name in ("haproxy.cfg", "backends.cfg")]
        return [str(self._bin / "haproxy"), *(argument for file in files for argument in ("-f", file))]

    def _prepare(self) -> None:
        # Its own copy: the account that it runs under may not be able to read ours.
        shutil.copytree(GATEWAY, self.folder / "gateway")
        if self._certificate:
            self._write("certificate.pem", self._certificate.read_text())
        for path in (self.folder / "gateway").rglob("*"):
            give(path)
        give(self.folder / "gateway")

    def _spawn(self) -> Child:
        return Child(*self._command(), "-W", folder=self.folder, env=self._environment())

    def _version(self) -> str | None:
        try:
            with urllib.request.urlopen(f"{self.internal_url}/health", timeout=5):
                pass
        except OSError:
            return None
        said = subprocess.run([self._bin / "haproxy", "-v"], capture_output=True, text=True, check=True).stdout
        version = re.search(r"version ([\d.]+)", said)
        return version[1] if version else "unknown"

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "GATEWAY_FOLDER": str(self.folder / "gateway"),
            "GATEWAY_BIND": f"{HOST}:{self.port}",
            "GATEWAY_INTERNAL_BIND": f"{HOST}:{self.internal_port}",
            **({"GATEWAY_CERTIFICATE": str(self.folder / "certificate.pem")} if self._certificate else {}),
            **self._servers,
            **self._settings,
        }
