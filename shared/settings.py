"""Settings of a process. Every setting has a default, so no file is needed."""

import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings, from the environment (`TERRITORIES_…`). The scheme of each URL picks what carries it."""

    model_config = SettingsConfigDict(env_prefix="TERRITORIES_", frozen=True, populate_by_name=True)

    data_dir: Path = Field(default=Path("data"), validation_alias=AliasChoices("TERRITORIES_DATA_DIR", "DATA_DIR"))
    """Folder of the SQLite databases, keys and client secrets. Created with mode 0700."""
    host: str = "127.0.0.1"
    """Address on which the process listens."""
    port: int = Field(default=8000, validation_alias=AliasChoices("TERRITORIES_PORT", "PORT"))
    """Port on which the process listens."""

    database_url: str = "sqlite+aiosqlite:///{data_dir}/{service}.db"
    """Database of each service. `{service}` and `{data_dir}` are filled in. `postgresql+asyncpg://…` for PostgreSQL."""
    database_pool: int = 20
    """Maximum open connections to the database of a service (PostgreSQL only), in connections."""
    database_wait: float = 10
    """Maximum wait for a free database connection, in seconds. After it the request gets 503."""
    bus_url: str = "memory:"
    """Message bus. `memory:` for one process with all services, `amqp://…` for RabbitMQ."""

    issuer_url: str = ""
    """OpenID Connect issuer whose tokens are accepted. Empty: the local issuer of this process."""
    jwks_url: str = ""
    """Address of the issuer's public keys. Empty: taken from the discovery document of the issuer."""
    jwks_fresh: float = Field(default=600, gt=0)
    """Age at which the issuer's keys are fetched again, in seconds. The fetch runs in the background."""
    jwks_pause: float = Field(default=60, gt=0)
    """Pause after a fetch that did not find an unknown key, in seconds. It limits fetches for invented keys."""
    audience: str = "territoires-industrie"
    """Audience (`aud`) that a token must have."""
    dangerous_untyped_tokens: bool = False
    """Accept access tokens of type `JWT` too, not only `at+jwt`. Entra ID needs it. ID tokens have this type too, so
    only the audience distinguishes them: do not use the id of a client as audience."""
    claim_scope: str = "scope"
    """Claim with the scopes, as words or as a list. Entra ID: `roles` for applications, `scp` for people."""
    claim_org: str = "org"
    """Claim with the organisation: a SIREN, or a SIRET (its first nine digits are the SIREN)."""
    claim_role: str = "role"
    """Claim with the role."""
    claim_territories: str = "territories"
    """Claim that narrows the token to these territories."""
    claim_regions: str = "regions"
    """Claim that narrows the token to these régions."""

    platform_url: str = ""
    """Public address of the platform, for commands that read it. Empty: the address of this process."""
    client_id: str = ""
    """Client that commands use; it needs the role `platform`. Empty: the demo client of `clients.env` in the data
    folder."""
    client_secret: SecretStr = SecretStr("")
    """Secret of this client."""

    cursor_key: SecretStr = SecretStr("")
    """Key that signs the cursors of lists, the same in all replicas. Empty: a generated key in the data folder."""
    secrets_key: SecretStr = SecretStr("")
    """Key that encrypts webhook secrets, the same in all replicas. Without it they are lost: back it up. Empty: a
    generated key in the data folder, on SQLite only. On PostgreSQL the notification service requires it."""
    retry_delays: tuple[float, ...] = (1, 5, 30, 120, 600)
    """Delays before each further try of an event handler, in seconds. After the last try the event is parked."""
    webhook_origin: str = "territoires-industrie.fr"
    """Name that a receiver allows in the handshake before the first delivery."""
    webhook_timeout: float = 15
    """Maximum time for a receiver to answer a delivery, in seconds."""
    webhook_delays: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    """Delays before each further try of a delivery, in seconds. The default adds up to 75 hours."""
    webhook_patience: float = 5 * 86_400
    """Time without a successful delivery after which a failing subscription is disabled, in seconds."""
    dangerous_loopback_webhooks: bool = False
    """Allow webhooks to this machine, without TLS. For development only: it exposes what is behind the gateway."""
    docs_dir: str = "{data_dir}/docs"
    """Folder of the built documentation, which every process serves. `{data_dir}` is filled in."""
    max_body_bytes: int = 1_048_576
    """Maximum size of a request body, in bytes."""
    max_body_seconds: float = Field(default=20, gt=0)
    """Maximum time for a request body to arrive, in seconds. It is shorter than the patience of the gateway."""
    otlp_url: str = Field(default="", pattern=r"^(https?://[^/].*)?$")
    """Trace collector (OTLP over HTTP); spans go to `/v1/traces` below this address. Empty: no spans."""
    trace_sample: float = Field(default=1, ge=0, le=1)
    """Share of the traces begun here that is recorded, from 0 to 1. For other traces, their beginning has decided."""
    load_reference_data: bool = True
    """Load the reference data at the start of the embedded form."""
    exit_at: str = ""
    """Failpoint at which the process kills itself, or `file:` and a file that names it. For the crash tests only."""

    @property
    def issuer(self) -> str:
        """The issuer's name, equal to the letter in every token: its URL, or this process's own address."""
        return self.issuer_url or f"http://{self.host}:{self.port}"

    @property
    def platform(self) -> str:
        """Public address of the platform."""
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
