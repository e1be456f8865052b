"""A new service is one package and one line: it is added to a copy of the sources, and all the rest is generated."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.app.fifth_service import ideas, served_ideas
from tests.architecture.test_imports import lint
from tests.support.sources import copied, insert, python

PACKAGE = Path(ideas.__file__).parent


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with the service, its first revision, and the generated files."""
    folder = copied(tmp_path_factory.mktemp("fifth"))
    shutil.copytree(PACKAGE, folder / "services" / "ideas", ignore=shutil.ignore_patterns("__pycache__"))
    insert(folder / "services" / "__init__.py", ', "ideas"', before=')\n"""The one list of them all')
    python(folder, "-m", "services", "ideas", "revision", "ideas")
    shutil.rmtree(folder / "data")
    python(folder, "-m", "services", "generate")
    return folder


@pytest.fixture(scope="module")
def platform(sources: Path) -> dict[str, Any]:
    """The answers of a platform with the service."""
    said: dict[str, Any] = json.loads(python(sources, served_ideas.__file__, str(sources / "data")).splitlines()[-1])
    return said


def test_the_gateway_sends_it_its_requests(sources: Path) -> None:
    gateway = sources / "deploy" / "gateway"
    backends = (gateway / "backends.cfg").read_text()

    assert "\nideas ideas\n" in (gateway / "services.map").read_text()
    assert re.search(r'\nbackend ideas\n(    .*\n)+    server ideas-1 "\$\{IDEAS_1\}"\n', backends)
    assert backends.count('server ideas-1 "') == 2, "it serves the documentation too"


def test_the_containers_have_its_processes(sources: Path) -> None:
    services = YAML(typ="safe").load((sources / "docker-compose.yml").read_text())["services"]

    assert services["ideas"]["command"] == ["ideas"]
    assert services["ideas"]["environment"]["TERRITORIES_DATABASE_URL"].startswith("postgresql+asyncpg://ideas:$")
    assert services["ideas-load"]["depends_on"] == {"ideas-migrate": {"condition": "service_completed_successfully"}}
    assert services["gateway"]["environment"]["IDEAS_1"] == "ideas:8000"
    assert services["gateway"]["depends_on"]["ideas"] == {"condition": "service_healthy"}
    assert "IDEAS_PASSWORD" in services["postgres"]["environment"].keys() & services["broker-accounts"]["environment"]


def test_it_has_a_database_role_and_a_secret(sources: Path) -> None:
    made = subprocess.run([sources / "deploy" / "secrets.sh"], capture_output=True, text=True, check=True).stdout

    assert re.search(r"^IDEAS_PASSWORD=\w{48}$", made, re.MULTILINE)
    assert "for service in territory contract catalog notification ideas;" in (
        (sources / "deploy" / "postgres" / "init.sh").read_text()
    )


def test_the_broker_has_its_account_queue_and_bindings(sources: Path) -> None:
    broker = json.loads((sources / "deploy" / "rabbitmq" / "definitions.json").read_text())

    assert "ideas" in {user["name"] for user in broker["users"]}
    assert "ti.ideas" in {queue["name"] for queue in broker["queues"]}
    assert [each["routing_key"] for each in broker["bindings"] if each["destination"] == "ti.ideas"] == [
        "contract.ContractSigned.v1"
    ]


def test_the_permission_table_has_its_operations(sources: Path) -> None:
    table = (sources / "app" / "artifacts" / "PERMISSIONS.md").read_text()

    assert "| `suggest_idea` | POST `/v1/ideas` | `ideas:write` |  | any | – | – | own | – | – | – | – |" in table


def test_it_serves_whom_the_table_says(platform: dict[str, Any]) -> None:
    assert (platform["suggested"], platform["listed"], platform["refused"]) == (201, ["Une navette"], 403)


def test_demo_clients_and_document_know_it(platform: dict[str, Any]) -> None:
    team, company = platform["scopes"]

    assert {"ideas:read", "ideas:write"} <= set(team)
    assert not {"ideas:read", "ideas:write"} & set(company)
    assert platform["document"].endswith("For `national` (any), `territory` (its own). Scope: `ideas:write`.")


def test_the_import_rules_know_it(sources: Path) -> None:
    (sources / "services" / "ideas" / "queries.py").write_text("import services.contract.errors\n")
    try:
        assert lint(sources, "--contract", "islands").returncode == 1
    finally:
        (sources / "services" / "ideas" / "queries.py").unlink()
    assert lint(sources, "--contract", "islands").returncode == 0
