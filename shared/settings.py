"""Where things are. Every setting has a default that runs with no file at all."""

import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings, from the environment (`TERRITORIES_…`). The scheme of each URL picks what carries it."""

    model_config = SettingsConfigDict(env_prefix="TERRITORIES_", frozen=True, populate_by_name=True)

    data_dir: Path = Field(default=Path("data"), validation_alias=AliasChoices("TERRITORIES_DATA_DIR", "DATA_DIR"))
    """Databases of the embedded form, keys and client secrets: created with mode 0700."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, validation_alias=AliasChoices("TERRITORIES_PORT", "PORT"))

    database_url: str = "sqlite+aiosqlite:///{data_dir}/{service}.db"
    """Of each service; `{service}` and `{data_dir}` are filled in. `postgresql+asyncpg://…` for PostgreSQL."""
    database_pool: int = 20
    """Connections of a service; requests beyond it wait up to `database_wait` seconds, then are answered 503."""
    database_wait: float = 10
    bus_url: str = "memory:"
    """`memory:` in one process with every service; `amqp://…` for RabbitMQ."""

    issuer_url: str = ""
    """The OpenID Connect issuer whose tokens are accepted. Empty: the local issuer of this process."""
    jwks_url: str = ""
    """Where the issuer's keys are. Empty: as its discovery document says."""
    jwks_fresh: float = Field(default=600, gt=0)
    """Seconds after which the issuer's keys are fetched again, in the background."""
    jwks_pause: float = Field(default=60, gt=0)
    """Seconds for which no unknown key is looked for, after one was in vain."""
    audience: str = "territoires-industrie"
    dangerous_untyped_tokens: bool = False
    """Accept access tokens of the plain type `JWT`, which Entra ID writes, besides `at+jwt`. ID tokens are of that type
    too, and then the audience alone tells them apart: let it be no client's id."""
    claim_scope: str = "scope"
    """Words, or a list. Entra ID: `roles` for applications, `scp` for people."""
    claim_org: str = "org"
    """A SIREN, or a SIRET, whose first nine digits are one."""
    claim_role: str = "role"
    claim_territories: str = "territories"
    claim_regions: str = "regions"

    platform_url: str = ""
    """The public address of the platform, for commands that read it. Empty: the address of this process."""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    """The client, of the role `platform`, that commands are. Empty: the demo client, from clients.env in data_dir."""

    cursor_key: SecretStr = SecretStr("")
    """What signs the cursors of lists, the same in every replica of a service. Empty: a key of its own in data_dir."""
    secrets_key: SecretStr = SecretStr("")
    """What seals the secrets of webhooks: lose it, and they are lost. Empty: a key of its own in data_dir, on SQLite
    alone; notification on PostgreSQL does not start without it, for its replicas share no folder."""
    retry_delays: tuple[float, ...] = (1, 5, 30, 120, 600)
    """Seconds before each further try of an event's handler; after the last, it is parked."""
    webhook_origin: str = "territoires-industrie.fr"
    """The name that a receiver is asked to allow, in the handshake before the first delivery."""
    webhook_timeout: float = 15
    """Seconds for one delivery to be answered."""
    webhook_delays: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    """Seconds before each further try of a delivery: 75 hours in all."""
    webhook_patience: float = 5 * 86_400
    """Seconds for which a subscription may fail before it is disabled."""
    dangerous_loopback_webhooks: bool = False
    """Deliver to this machine too, and without TLS: for development alone. It opens what is behind the edge."""
    docs_dir: str = "{data_dir}/docs"
    """The documentation that every process serves, built by `python -m services docs`; `{data_dir}` is filled in."""
    max_body_bytes: int = 1_048_576
    max_body_seconds: float = Field(default=20, gt=0)
    """A body that is still on its way after so long is refused, before the gateway gives up waiting for the answer."""
    otlp_url: str = Field(default="", pattern=r"^(https?://[^/].*)?$")
    """The collector of traces: spans go to `/v1/traces` below it (OTLP over HTTP). Empty: no spans."""
    trace_sample: float = Field(default=1, ge=0, le=1)
    """Of the traces that begin here, the share that is recorded; of others, their beginning has decided."""
    load_reference_data: bool = True
    """Load the reference data at the start of the embedded form."""
    exit_at: str = ""
    """For the kill tests alone: the step of an event's path at which the process ends itself (SIGKILL)."""

    @property
    def issuer(self) -> str:
        """The issuer's name, equal to the letter in every token: its URL, or this process's own address."""
        return self.issuer_url or f"http://{self.host}:{self.port}"

    @property
    def platform(self) -> str:
        """Where the platform answers."""
        return (self.platform_url or f"http://{self.host}:{self.port}").rstrip("/")

    def url_of(self, service: str) -> str:
        """The database of one service."""
        return self.database_url.format(service=service, data_dir=self.data_dir)

    @property
    def documentation(self) -> Path:
        """The folder of the documentation."""
        return Path(self.docs_dir.format(data_dir=self.data_dir))

    def make_data_dir(self) -> Path:
        """The data folder, there and closed to others."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.data_dir

    def secret(self, name: str) -> bytes:
        """A key of 32 bytes kept in the data folder (mode 0600), made at its first use."""
        path = self.make_data_dir() / f"{name}.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(32))
        return path.read_bytes()


def write_private(path: Path, content: bytes, *, over: bool = False) -> None:
    """Write a file that only its owner reads, at once and whole; another process's stays, unless `over`."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    try:
        draft.write_bytes(content)
        if over:
            draft.replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
