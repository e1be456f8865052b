"""The generated files are those that the services make, and say so."""

from pathlib import Path

import pytest

from app.artifacts import generate, official_bodies, outlines, schemes
from app.embedded import SERVICES
from deploy.processes import ROOT

FILES = generate.files(SERVICES)
SAYS = "enerated"
WITHOUT_COMMENTS = (
    "deploy/gateway/problems/", "deploy/rabbitmq/definitions.json", official_bodies.NAME, outlines.NAME,
    schemes.PERIMETERS, schemes.COMMUNES,
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_committed_file_is_what_the_command_writes(name: str) -> None:
    assert (ROOT / name).read_text() == FILES[name], "Run: python -m services generate"


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith(WITHOUT_COMMENTS)])
def test_a_generated_file_says_so_and_names_the_command(name: str) -> None:
    beginning = " ".join(FILES[name].splitlines()[:3])

    assert SAYS in beginning
    assert "`python -m services " in beginning


def test_what_is_written_is_executable_where_it_is_a_script(tmp_path: Path) -> None:
    generate.write(SERVICES, tmp_path)

    written = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*") if path.is_file()}
    assert written.keys() == FILES.keys()
    assert {name for name, path in written.items() if path.stat().st_mode & 0o100} == {
        "deploy/postgres/init.sh",
        "deploy/secrets.sh",
    }
