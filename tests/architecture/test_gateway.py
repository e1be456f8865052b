"""The configuration of the gateway agrees with the code."""

import re
import shutil
from pathlib import Path

import pytest

from app.artifacts import gateway_map
from app.embedded import SERVICES
from deploy.haproxy import GATEWAY
from services.contract.api.papers import LIMITS
from services.contract.commands.pdf_inspection import PATIENCE
from services.contract.commands.turns import WAIT
from services.notification.api.dependencies import WAIT_AT_MOST
from shared.http.documentation import PATHS
from shared.http.gateway_errors import ANSWERS
from shared.problem import BodyTooLarge, Problem, Refusal
from shared.settings import Settings

CONFIGURATION = (GATEWAY / "haproxy.cfg").read_text()


def test_the_generated_files_are_of_this_code(tmp_path: Path) -> None:
    shutil.copytree(GATEWAY, tmp_path, dirs_exist_ok=True)
    (tmp_path / "problems" / "of-yesterday").touch()
    gateway_map.write(SERVICES, tmp_path)

    written, kept = ({path.name: path.read_text() for path in folder.rglob("*.*")} for folder in (tmp_path, GATEWAY))

    assert written == kept, "Run: python -m services gateway"
    assert {path.name for path in (GATEWAY / "problems").iterdir()} == {refusal.code for refusal in ANSWERS}


@pytest.mark.parametrize("refusal", ANSWERS)
def test_each_of_its_problems_is_one_of_ours(refusal: type[Refusal]) -> None:
    text = (GATEWAY / "problems" / refusal.code).read_text()

    problem = Problem.model_validate_json(text)

    assert (problem.code, problem.status) == (refusal.code, refusal.status)
    assert problem.detail
    assert f"problems/{refusal.code}" in CONFIGURATION


def test_its_limits_are_those_of_the_services() -> None:
    assert f"gt {Settings.model_fields['max_body_bytes'].default} " in CONFIGURATION
    assert f"gt {LIMITS.max_bytes} " in CONFIGURATION
    assert f"{LIMITS.max_bytes:,}" in ANSWERS[BodyTooLarge]
    assert WAIT + PATIENCE < 30
    assert "presetenv ANSWER_WITHIN 30s" in CONFIGURATION
    assert WAIT_AT_MOST < 30
    assert Settings.model_fields["max_body_seconds"].default < 30


def test_each_operation_with_limits_of_its_own_has_them_at_the_gateway() -> None:
    pattern = re.search(r"acl takes_file path_reg (\S+)", CONFIGURATION)
    assert pattern
    routes = [route for service in SERVICES for route in service.router.operations()]

    own = {route.path for route in routes if route.body_limits}

    assert own == {
        route.path for route in routes if "POST" in (route.methods or ()) and re.search(pattern[1], route.path)
    }


def test_every_page_of_the_documentation_has_a_way_in() -> None:
    words = {path.split("/")[1] for path in PATHS}
    known = {line.split()[0] for line in (GATEWAY / "pages.map").read_text().splitlines() if not line.startswith("#")}

    assert words - {""} <= known
    assert not known & {"health", "metrics", "v1"}
