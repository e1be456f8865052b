"""The containers are the cluster: the same processes, files and rights, and nothing in them that is not asked for."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from deploy.cluster import Ways, cluster
from deploy.processes import ROOT
from services import NAMES
from shared.settings import Settings

COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("territoires-industrie")}
ONE_SHOT = {name for name in OURS if name.endswith(("-migrate", "-load"))} | {"broker-accounts"}
CONFIGURATION = "".join((ROOT / "deploy/gateway" / name).read_text() for name in ("haproxy.cfg", "backends.cfg"))
VERSION = r"\d+\.\d+(\.\d+)?(-\w+)*"
BY_TAG = {"rabbitmq"}
"""Images whose digest no source at hand tells."""
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()


def test_it_has_the_processes_of_the_cluster(tmp_path: Path) -> None:
    ways = Ways(dict.fromkeys(NAMES, ""), dict.fromkeys(NAMES, ""))

    assert set(OURS) - ONE_SHOT == set(cluster(ways, tmp_path, {}).processes)
    assert set(SERVICES) - set(OURS) == {"gateway", "postgres", "rabbitmq"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_hardened(name: str) -> None:
    each = SERVICES[name]

    assert name in OURS or name in BY_TAG or re.search(f":{VERSION}@sha256:[0-9a-f]{{64}}$", each["image"])
    assert re.search(f":{VERSION}(@.*)?$", each["image"])
    assert each["read_only"] is True
    assert each["cap_drop"] == ["ALL"]
    assert each["security_opt"] == ["no-new-privileges:true"]
    assert each["user"] not in ("root", "0", "0:0") or name == "broker-accounts"
    assert "privileged" not in each
    assert all(port.startswith("127.0.0.1:") for port in each.get("ports", []))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_each_that_stays_is_asked_whether_it_is_well(name: str) -> None:
    assert "healthcheck" in SERVICES[name] or (name in OURS and "HEALTHCHECK" in DOCKERFILE)
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(set(OURS) - ONE_SHOT))
def test_each_process_is_well_once_it_is_ready(name: str) -> None:
    asked = SERVICES[name]["healthcheck"]

    assert "/health/ready" in asked["test"][-1]
    assert asked["start_period"] == "180s", "a first start publishes and applies the reference data"
    assert SERVICES["gateway"]["depends_on"][name] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_has_a_bound_of_memory_processor_and_processes(name: str) -> None:
    each = SERVICES[name]

    assert re.fullmatch(r"\d+[mg]", each["mem_limit"])
    assert each["cpus"] >= 1
    assert each["pids_limit"] >= 100


def test_each_reaches_only_what_it_needs() -> None:
    reached = {name: set(each.get("networks", [each.get("network_mode")])) for name, each in SERVICES.items()}
    one_shot = {name: reached[name] for name in ONE_SHOT}

    assert reached["gateway"] == reached["issuer"] == {"edge"}
    assert reached["postgres"] == {"database"}
    assert reached["rabbitmq"] == {"broker"}
    assert {name for name, networks in reached.items() if networks == {"edge", "database", "broker"}} == (
        set(OURS) - ONE_SHOT - {"issuer"}
    )
    assert one_shot.pop("broker-accounts") == {"none"}
    assert set(map(frozenset, one_shot.values())) == {frozenset({"database"})}
    assert COMPOSE["networks"] == {"edge": None, "database": {"internal": True}, "broker": {"internal": True}}


def test_each_secret_is_where_it_is_needed_and_nowhere_else() -> None:
    def having(secret: str) -> set[str]:
        return {name for name, each in SERVICES.items() if f"${{{secret}:?}}" in str(each.get("environment"))}

    assert having("SECRETS_KEY") == {"notification"}
    assert having("CURSOR_KEY") == set(OURS) - ONE_SHOT - {"issuer"}
    for name in NAMES:
        assert having(f"{name.upper()}_OWNER_PASSWORD") == {f"{name}-migrate", "postgres"}


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    written = dict(re.findall(r"\$\{(\w*(?:PASSWORD|KEY|SECRET))(.*?)\}", text))
    named = re.findall(r"(\w*(?:PASSWORD|KEY|SECRET)): (\S+)", text)

    assert set(written.values()) == {":?"}
    assert all(value.startswith("${") for _, value in named)
    assert set(written) == set(secrets())


def secrets() -> dict[str, str]:
    """Return the secrets that `deploy/secrets.sh` makes."""
    lines = subprocess.run([ROOT / "deploy/secrets.sh"], capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_secrets_that_are_made_are_long_and_new() -> None:
    first, second = secrets(), secrets()

    assert all(len(value) >= 48 for value in first.values())
    assert len({*first.values(), *second.values()}) == 2 * len(first)


@pytest.mark.parametrize("name", OURS)
def test_each_setting_is_one_of_ours(name: str) -> None:
    settings = {key for key in OURS[name].get("environment", {}) if key.startswith("TERRITORIES_")}

    assert {key.removeprefix("TERRITORIES_").lower() for key in settings} <= set(Settings.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_each_service_works_as_a_role_that_did_not_make_its_tables(name: str) -> None:
    def role(process: str) -> str:
        url = SERVICES[process]["environment"]["TERRITORIES_DATABASE_URL"]
        return str(re.fullmatch(r"postgresql\+asyncpg://(\w+):\$\{\w+:\?\}@postgres:5432/" + name, url)[1])  # type: ignore[index]

    processes = [each for each in OURS if OURS[each]["command"] == [name]]

    assert processes
    assert {role(process) for process in processes} == {role(f"{name}-load")} == {name}
    assert role(f"{name}-migrate") == f"{name}_owner"
    for process in processes:
        assert f"{name}-load" in SERVICES[process]["depends_on"]
    assert f"{name}-migrate" in SERVICES[f"{name}-load"]["depends_on"]


def test_the_gateway_knows_where_each_process_is() -> None:
    environment = SERVICES["gateway"]["environment"]
    addresses = {key: value for key, value in environment.items() if re.fullmatch(r"[A-Z]+_\d", key)}
    variables = set(re.findall(r"\$\{(\w+)\}", CONFIGURATION))

    assert {value.removesuffix(":8000") for value in addresses.values()} == set(OURS) - ONE_SHOT
    assert "TERRITORIES_PORT=8000" in DOCKERFILE
    assert environment.keys() <= variables | {"GATEWAY_CERTIFICATE"}
    assert {f"{name.upper()}_1" for name in NAMES} <= environment.keys()


def test_files_come_from_where_the_cluster_takes_them() -> None:
    mounted = {
        volume.split(":")[0]
        for each in SERVICES.values()
        for volume in each.get("volumes", [])
        if volume.startswith("./")
    }

    assert mounted == {
        "./deploy/gateway",
        "./deploy/postgres/init.sh",
        "./deploy/postgres/service.sql",
        "./deploy/rabbitmq/rabbitmq.conf",
    }
    assert all((ROOT / path).exists() for path in mounted)
    broker = next(volume for volume in SERVICES["rabbitmq"]["volumes"] if volume.startswith("broker:"))
    configured = re.search(r"definitions.local.path = (\S+)", (ROOT / "deploy/rabbitmq/rabbitmq.conf").read_text())
    assert configured
    assert configured[1] == f"{broker.split(':')[1]}/definitions.json"
    assert "/broker/definitions.json" in SERVICES["broker-accounts"]["command"]


def test_the_image_is_clean_and_of_the_locked_packages() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "deploy/Dockerfile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    (base,) = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert re.fullmatch(f"python:{VERSION}@sha256:[0-9a-f]{{64}}", base)
