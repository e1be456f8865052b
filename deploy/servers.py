"""Private PostgreSQL and RabbitMQ: in a temporary folder, on free ports, ended by process id.

The machine's own servers are never asked, started or stopped.
Everything blocks: in an asynchronous test, `await asyncio.to_thread(server.start)`.
"""

import io
import itertools
import json
import os
import re
import secrets
import shutil
import socket
import struct
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGSTOP
from typing import ClassVar, Final, Self
from urllib.parse import quote

from deploy.binaries import ServerUnavailable, folder_of
from deploy.keeper import Child, account, family, give, run_folder, send, wait_until

HOST: Final = "127.0.0.1"
STARTUP: Final = 180.0
"""Maximum seconds for a server to answer or a program to end. A busy `rabbitmqctl` took over 60 seconds."""

used: Final[dict[str, str]] = {}
"""Servers that this process started and that answered, with their versions."""

# Below the ports that the kernel gives to outgoing connections, so that a killed server finds its own still free;
# from a place that differs by process, so that two runs at once do not meet.
_ports = itertools.count(20000 + os.getpid() % 25 * 500)


def free_port() -> int:
    """Return a free port."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise AssertionError("unreachable")


class Server(ABC):
    """A server with its own folder and port; both survive a kill."""

    name: ClassVar[str]
    package: ClassVar[str]

    def __init__(self) -> None:
        self._bin = folder_of(self.package)
        self.port = free_port()
        self.password = secrets.token_hex(12)
        self.folder = run_folder() / f"{self.name.lower()}-{self.port}"
        self._child: Child | None = None

    @property
    def programs(self) -> Path:
        """Folder of its programs."""
        return self._bin

    @property
    def pid(self) -> int:
        """Start the process; `kill` ends it with its children."""
        return self._running.pid

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`, unless the process has ended by itself."""
        return self._child is not None and not self._child.ended()

    @property
    def _running(self) -> Child:
        if self._child is None:
            raise ServerUnavailable(f"{self.name} is not running.")
        return self._child

    def start(self) -> None:
        """Start on the existing folder; return when the server answers."""
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            give(self.folder)
            self._prepare()
        child = self._child = self._spawn()
        if not wait_until(lambda: child.ended() or self._answers(), STARTUP) or child.ended():
            log = self.log()
            self.stop()
            raise ServerUnavailable(f"{self.name} did not start:\n{log[-3000:]}")

    def kill(self) -> None:
        """SIGKILL to the server and its children; `start` brings it back with its data."""
        self._running.kill()
        self._child = None

    def pause(self) -> None:
        """Send SIGSTOP: the server accepts connections and does not answer."""
        for member in family(self.pid):
            send(member, SIGSTOP)

    def resume(self) -> None:
        """Send SIGCONT."""
        for member in family(self.pid):
            send(member, SIGCONT)

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._child is not None:
            self.resume()
            self._child.end()
            self._child = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """Output of the server."""
        return (self.folder / "log").read_text(errors="replace")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        version = self._version()
        if version:
            used[self.name] = version
        return bool(version)

    def _write(self, name: str, text: str) -> Path:
        """Write a file that only the server may read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        give(path)
        return path

    def _run(self, *command: str | Path, text: str = "", as_server: bool = True) -> str:
        """Run a program of the server; return its output. As oneself it starts in half the time."""
        done = subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env=self._environment(),
            input=text,
            capture_output=True,
            text=True,
            timeout=STARTUP,
            **(account() if as_server else {}),
        )
        if done.returncode != 0:
            raise ServerUnavailable(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")
        return str(done.stdout).strip()

    def _environment(self) -> dict[str, str]:
        """Environment with PATH only: a variable of the caller may name another server."""
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LANG": "C.UTF-8"}

    @abstractmethod
    def _prepare(self) -> None: ...

    @abstractmethod
    def _spawn(self) -> Child: ...

    @abstractmethod
    def _version(self) -> str | None: ...


class Postgres(Server):
    """PostgreSQL. Without `durable` it is quicker, and a kill proves nothing."""

    name = "PostgreSQL"
    package = "postgresql"
    user = "postgres"

    def __init__(self, *, durable: bool = True) -> None:
        super().__init__()
        self._durable = durable

    def url(self, database: str = "postgres", *, user: str = user, password: str | None = None) -> str:
        """Return the SQLAlchemy URL of a database, as the superuser by default."""
        return f"postgresql+asyncpg://{user}:{quote(password or self.password)}@{HOST}:{self.port}/{database}"

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run statements as the superuser; return rows as lines, fields separated by `|`."""
        return self._run(
            *(self._bin / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"),
            *("--set", "ON_ERROR_STOP=1", "--host", HOST, "--port", str(self.port)),
            *("--username", self.user, "--dbname", database),
            text=statements,
            as_server=False,
        )

    def create_database(self, name: str, *, template: str = "template1", owner: str = user) -> str:
        """Create a database, or copy an unused one; return its URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and its connections."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def dump(self, database: str) -> str:
        """Dump a database as SQL for `restore`."""
        return self._run(
            *(self._bin / "pg_dump", "--no-owner", "--host", HOST, "--port", str(self.port)),
            *("--username", self.user, "--dbname", database),
            as_server=False,
        )

    def restore(self, database: str, dump: str) -> None:
        """Create a database from a dump."""
        self.create_database(database)
        self.sql(dump, database)
        # As the dumped one was: a plan without statistics reads whole tables.
        self.sql("ANALYZE", database)

    def _prepare(self) -> None:
        password = self._write("password", self.password)
        self._run(
            *(self._bin / "initdb", "--pgdata", "data", "--username", self.user, "--pwfile", password),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )

    def _spawn(self) -> Child:
        settings = {
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "max_connections": "200",
            # In the folder, where a killed server leaves nothing behind.
            "dynamic_shared_memory_type": "mmap",
            # The benchmarks ask when a row was committed.
            "track_commit_timestamp": "on",
        }
        if not self._durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        options = [f"--{key}={value}" for key, value in settings.items()]
        # SIGINT: disconnect the clients and stop; SIGTERM would wait for them.
        command = (str(self._bin / "postgres"), "-D", "data", "-p", str(self.port), *options)
        return Child(*command, folder=self.folder, env=self._environment(), farewell=SIGINT)

    def _version(self) -> str | None:
        try:
            return self.sql("SHOW server_version").split()[0]
        except ServerUnavailable:
            return None

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5"}


class RabbitMQ(Server):
    """RabbitMQ without plugins, with an epmd (the name service of Erlang) of its own."""

    name = "RabbitMQ"
    package = "rabbitmq-server"
    user = "admin"

    def __init__(self) -> None:
        super().__init__()
        self._epmd_port = free_port()
        self._distribution_port = free_port()
        self._epmd: Child | None = None

    @property
    def url(self) -> str:
        """URL of the administrator, on the virtual host `/`."""
        return self.url_as(self.user, self.password)

    def url_as(self, user: str, password: str, vhost: str = "/") -> str:
        """URL of another account."""
        return f"amqp://{user}:{quote(password, safe='')}@{HOST}:{self.port}/{quote(vhost, safe='')}"

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl`; return its output without headings."""
        return self._run(self._bin / "rabbitmqctl", "--quiet", *arguments)

    def load(self, definitions: Mapping[str, object] | Path) -> None:
        """Import RabbitMQ definitions: virtual hosts, accounts, queues."""
        text = definitions.read_text() if isinstance(definitions, Path) else json.dumps(definitions)
        # In a file: `rabbitmqctl` 4.0 waits for ever on its standard input.
        self.ctl("import_definitions", str(self._write("definitions.json", text)))

    def set_password(self, user: str, password: str) -> None:
        """Change the password of an account that exists."""
        self.ctl("change_password", user, password)

    def kill(self) -> None:
        """Send SIGKILL to the broker; `start` restores all confirmed messages."""
        # RabbitMQ notes where a new quorum queue lives once it has rested for half a second; killed before, it
        # never serves that queue again.
        self.ctl("eval", "[dets:sync(Table) || Table <- dets:all()].")
        super().kill()

    def stop(self) -> None:
        """End the broker and its epmd, and remove its folder."""
        super().stop()
        if self._epmd is not None:
            self._epmd.end()
            self._epmd = None

    def _prepare(self) -> None:
        # In the form of Erlang: RabbitMQ takes half a second of processor time to translate a `rabbitmq.conf`.
        self._write(
            "advanced.config",
            f'[{{rabbit, [{{tcp_listeners, [{{"{HOST}", {self.port}}}]}}, {{disk_free_limit, 50000000}},'
            f' {{default_user, <<"{self.user}">>}}, {{default_pass, <<"{self.password}">>}}]}}].\n',
        )
        self._write("enabled_plugins", "[].\n")
        self._write(".erlang.cookie", secrets.token_hex(12))
        # A folder of plugins with the broker alone: to look through all of them triples the time of a start.
        plugins = self.folder / "plugins"
        plugins.mkdir(mode=0o755)
        for broker in (self._bin / "rabbitmq-server").resolve().parents[1].glob("plugins/rabbit-*"):
            (plugins / broker.name).symlink_to(broker)

    def _spawn(self) -> Child:
        environment = self._environment()
        if self._epmd is None or self._epmd.ended():
            # Ours, because the broker would start one that outlives it.
            command = ("epmd", "-address", HOST, "-port", str(self._epmd_port))
            self._epmd = Child(*command, folder=self.folder, env=environment)
        return Child(self._bin / "rabbitmq-server", folder=self.folder, env=environment)

    def _version(self) -> str | None:
        try:
            return amqp_login(self.port, self.user, self.password)
        except OSError:
            return None

    def _environment(self) -> dict[str, str]:
        # Erlang's schedulers would spin for a while whenever they have nothing to do.
        local = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
        return {
            **super()._environment(),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
            # The script then becomes the broker, instead of waiting for it.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": f"private-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": local,
            # One scheduler: a command has nothing for a second one to do, and starting it costs a fifth.
            "RABBITMQ_CTL_ERL_ARGS": f"{local} +S 1:1",
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_PLUGINS_DIR": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
        }


def amqp_login(port: int, user: str, password: str) -> str:
    """Log in and return the broker's version; raise OSError if the login fails."""
    with socket.create_connection((HOST, port), timeout=5) as connection, connection.makefile("rwb") as stream:
        stream.write(b"AMQP\x00\x00\x09\x01")
        stream.flush()
        start = _frame(stream)
        response = f"\0{user}\0{password}".encode()
        start_ok = (
            struct.pack(">HHI", 10, 11, 0) + b"\x05PLAIN" + struct.pack(">I", len(response)) + response + b"\x05en_US"
        )
        stream.write(struct.pack(">BHI", 1, 0, len(start_ok)) + start_ok + b"\xce")
        stream.flush()
        if not _frame(stream).startswith(struct.pack(">HH", 10, 30)):
            raise PermissionError("The broker refuses the login.")
    version = re.search(rb"\x07versionS....([\w.]+)", start, re.DOTALL)
    return version[1].decode() if version else "unknown"


def _frame(stream: io.BufferedRWPair) -> bytes:
    header = stream.read(7)
    if len(header) < 7:
        raise ConnectionError("The broker hangs up.")
    size: int = struct.unpack(">BHI", header)[2]
    return stream.read(size + 1)[:-1]
