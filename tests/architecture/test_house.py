"""The shape of the house: one commit, small files, rooms that keep their names."""

from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files_in, name_of

SOURCES = files_in("app", "services", "shared")
ROOMS = {
    "app", "api", "consumers", "jobs", "schemas", "commands", "queries", "rules", "models", "errors", "settings",
    "migrations", "permissions", "reference", "__init__",
}  # fmt: skip


def services() -> list[Path]:
    """The folder of each service."""
    return sorted(path.parent for path in (ROOT / "services").glob("*/app.py"))


def test_only_the_writing_door_commits() -> None:
    committing = [name_of(path) for path in SOURCES if ".commit(" in path.read_text()]

    assert committing == ["shared/storage/database.py"]


def test_no_file_is_over_400_lines() -> None:
    assert [path for path in SOURCES if len(path.read_text().splitlines()) > 400] == []


@pytest.mark.parametrize("service", services(), ids=lambda path: path.name)
def test_rooms_keep_their_names(service: Path) -> None:
    rooms = {path.stem for path in service.iterdir() if path.name != "__pycache__"}

    assert rooms <= ROOMS, "a room may be missing, never renamed"


def test_there_is_no_drawer_for_everything() -> None:
    drawers = [path for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc", "service_utils"}]

    assert drawers == []
