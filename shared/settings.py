"""Settings of a process. Every setting has a default, so no file is needed."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, IPvAnyNetwork, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.patterns import message_of, pattern_of

PREFIX: Final = "TERRITORIES_"
_DATABASE: Final = pattern_of(
    r"^(sqlite\+aiosqlite|postgresql\+asyncpg)://", "begin with sqlite+aiosqlite:// or postgresql+asyncpg://"
)
_BUS: Final = pattern_of(
    r"^(memory:$|amqps?://[^/])", "write memory:, or an address that begins with amqp:// or amqps://"
)
_HTTP: Final = pattern_of(r"^(https?://[^/\s]\S*)?$", "write an address that begins with https:// or http://")
_PROXY: Final = re.compile(
    r"http://([^\s/?#@:]+(:[^\s/?#@]*)?@)?([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\]):\d+/?", re.ASCII | re.IGNORECASE
)
_PRIVATE: Final = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_ADVICE: Final = {
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
}


class SettingRefused(Exception):
    """A setting cannot be used. The text is one sentence for each, with the name of its variable."""


def _private_network(value: Any) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(value)
        is_private = any(network.version == each.version and network.subnet_of(each) for each in _PRIVATE)  # type: ignore[arg-type]
    except ValueError:
        is_private = False
    if not is_private:
        raise ValueError(f'write networks within {", ".join(map(str, _PRIVATE))}, such as ["10.20.0.0/16"]')
    return network


def _proxy(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    try:
        is_proxy = not text or (_PROXY.fullmatch(text) and urlsplit(text).port)
    except ValueError:
        is_proxy = False
    if not is_proxy:
        raise ValueError("write http://host:port, or http://user:password@host:port")
    return value


class Settings(BaseSettings):
    """Settings, from the environment (`TERRITORIES_…`). The scheme of each URL picks what carries it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, populate_by_name=True)

    data_dir: Path = Field(default=Path("data"), validation_alias=AliasChoices("TERRITORIES_DATA_DIR", "DATA_DIR"))
    """Folder of the SQLite databases, keys and client secrets. Created with mode 0700."""
    host: str = "127.0.0.1"
    """Address on which the process listens."""
    port: int = Field(default=8000, ge=0, le=65_535, validation_alias=AliasChoices("TERRITORIES_PORT", "PORT"))
    """Port on which the process listens."""

    database_url: str = Field(default="sqlite+aiosqlite:///{data_dir}/{service}.db", pattern=_DATABASE)
    """Database of each service. `{service}` and `{data_dir}` are filled in. `postgresql+asyncpg://…` for PostgreSQL."""
    database_pool: int = Field(default=20, ge=1)
    """Maximum open connections to the database of a service (PostgreSQL only), in connections."""
    database_wait: float = Field(default=10, gt=0)
    """Maximum wait for a free database connection, in seconds. After it the request gets 503."""
    bus_url: str = Field(default="memory:", pattern=_BUS)
    """Message bus. `memory:` for one process with all services, `amqp://…` for RabbitMQ."""

    issuer_url: str = Field(default="", pattern=_HTTP)
    """OpenID Connect issuer whose tokens are accepted. Empty: the local issuer of this process."""
    jwks_url: str = Field(default="", pattern=_HTTP)
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

    platform_url: str = Field(default="", pattern=_HTTP)
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
    seal_key: str = ""
    """File with the key that seals signed documents, its certificate and its chain (PKCS#12), the same in all
    replicas. Empty: a local key in the data folder, on SQLite only, and documents say so. On PostgreSQL documents wait
    for a key."""
    seal_passphrase: SecretStr = SecretStr("")
    """Passphrase of this file."""
    seal_roots: str = ""
    """File with the root certificates (PEM) by which seals, time stamps and signatures of parties are trusted. Empty:
    the root in the file of the key."""
    dangerous_local_seal: bool = False
    """Seal with a local key on PostgreSQL too. For development only: nobody else trusts it."""
    timestamp_url: str = Field(default="", pattern=_HTTP)
    """Authority of time stamps (RFC 3161). Empty: documents are sealed without time stamps."""
    history_interval: float = Field(default=60, gt=0)
    """Time between two events that tell who changed what, in seconds. The audit log follows them."""
    event_retention: float = Field(default=7, ge=1)
    """Age at which published rows of an outbox and applied rows of an inbox are deleted, in days. The journal and the
    history are kept for ever."""
    delivery_retention: float = Field(default=30, ge=1)
    """Age at which closed deliveries of webhooks are deleted with their attempts, and planned replays too, in days."""
    contact_retention: float = Field(default=365, ge=1)
    """Time for which the contact of a referent is kept after the end of the mandate, in days."""
    retry_delays: tuple[float, ...] = (1, 5, 30, 120, 600)
    """Delays before each further try of an event handler, in seconds. After the last try the event is parked."""
    webhook_origin: str = "territoires-industrie.fr"
    """Name that a receiver allows in the handshake before the first delivery."""
    webhook_timeout: float = Field(default=15, gt=0)
    """Maximum time for a receiver to answer a delivery, in seconds."""
    webhook_delays: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    """Delays before each further try of a delivery, in seconds. The default adds up to 75 hours."""
    webhook_patience: float = 5 * 86_400
    """Time without a successful delivery after which a failing subscription is disabled, in seconds."""
    webhook_networks: tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_private_network)], ...] = ()
    """Private networks that webhooks may reach, beside the public internet: for a platform inside the network of an
    administration, such as `["10.20.0.0/16"]`. Empty: none."""
    webhook_addresses: tuple[IPvAnyNetwork, ...] = ()
    """Addresses from which this platform sends webhooks, such as `["198.51.100.7"]`. `/docs/sending-addresses.json`
    tells them to receivers; nothing is bound to them."""
    webhook_proxy: Annotated[SecretStr, BeforeValidator(_proxy)] = SecretStr("")
    """HTTP proxy through which webhooks leave the network of the platform, such as `http://proxy.example:3128`, or with
    `user:password@` before the host; `%` codes stand for special characters. Empty: none."""
    dangerous_proxy_lookup: bool = False
    """Let this proxy look up the names of receivers, where the platform itself cannot. No address is checked then:
    webhooks may connect to whatever the proxy can."""
    dangerous_loopback_webhooks: bool = False
    """Allow webhooks to this machine, without TLS. For development only: it exposes what is behind the gateway."""
    docs_dir: str = "{data_dir}/docs"
    """Folder of the built documentation, which every process serves. `{data_dir}` is filled in."""
    max_connections: int = Field(default=2_000, ge=1)
    """Maximum open connections of clients, and at most half of the file handles of the process, in connections. At the
    limit a new one replaces the one that has waited longest for a request; if none waits, its request gets 503."""
    max_header_seconds: float = Field(default=5, gt=0)
    """Maximum time for the headers of a request to arrive, in seconds. After it the connection is closed."""
    max_body_bytes: int = Field(default=1_048_576, ge=1)
    """Maximum size of a request body, in bytes."""
    max_body_seconds: float = Field(default=20, gt=0)
    """Maximum time for a request body to arrive, in seconds. It is shorter than the patience of the gateway."""
    otlp_url: str = Field(default="", pattern=_HTTP)
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
        return self.database_url.replace("{service}", service).replace("{data_dir}", str(self.data_dir))

    @property
    def documentation(self) -> Path:
        """The folder of the documentation."""
        return Path(self.docs_dir.replace("{data_dir}", str(self.data_dir)))

    def make_data_dir(self) -> Path:
        """The data folder, there and closed to others. Raises SettingRefused."""
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"{PREFIX}DATA_DIR: {self.data_dir} cannot be made a folder ({error.strerror})."
            raise SettingRefused(reason) from error
        if not os.access(self.data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise SettingRefused(f"{PREFIX}DATA_DIR: this process may not write into {self.data_dir}.")
        return self.data_dir

    def secret(self, name: str) -> bytes:
        """A key of 32 bytes kept in the data folder (mode 0600), made at its first use."""
        path = self.make_data_dir() / f"{name}.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(32))
        return path.read_bytes()


def read_settings() -> Settings:
    """Read the settings from the environment. Raises SettingRefused for each variable that is wrong or unknown."""
    try:
        settings = Settings()
        refused = []
    except ValidationError as invalid:
        refused = [_sentence(error["loc"][0], error) for error in invalid.errors(include_input=False)]
    except SettingsError as unreadable:
        name = "".join(re.findall(r'field "(\w+)"', str(unreadable.args[0])))
        refused = [f"{_variable(name)}: write a list in JSON, such as [1, 5, 30]."]
    if refused := [*refused, *_unknown()]:
        raise SettingRefused("\n".join(refused))
    return settings


def _sentence(name: Any, error: Any) -> str:
    advice = _ADVICE.get(error["type"]) or message_of(error.get("ctx", {}).get("pattern", ""))
    return f"{_variable(str(name))}: {advice or error['msg'].removeprefix('Value error, ').replace('Input', 'it')}."


def _variable(name: str) -> str:
    """Return the variable of a setting, named by its field or by one of its variables."""
    choices = [name] if name.isupper() else [f"{PREFIX}{name.upper()}"]
    field = Settings.model_fields.get(name.removeprefix(PREFIX).lower())
    if field and isinstance(field.validation_alias, AliasChoices):
        choices = [str(each) for each in field.validation_alias.choices if str(each) in os.environ] or choices
    return choices[0]


def _unknown() -> Iterator[str]:
    """Yield a sentence for each variable with our prefix that is no setting: a typing error must not pass unseen."""
    known = [name.upper() for name in Settings.model_fields]
    for variable in sorted(name for name in os.environ if name.upper().startswith(PREFIX)):
        name = variable.upper().removeprefix(PREFIX)
        if name not in known:
            near = get_close_matches(name, known, 1)
            yield f"{variable}: there is no such setting{f'; did you mean {PREFIX}{near[0]}?' if near else '.'}"


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
