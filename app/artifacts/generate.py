"""All generated files of the repository, made from the services."""

from collections.abc import Sequence
from pathlib import Path

from app.artifacts import (
    deployment,
    gateway_map,
    official_bodies,
    outlines,
    permission_tables,
    personal_data,
    schemes,
    settings_table,
)
from shared.bus import topology
from shared.runtime.platform import Service


def files(services: Sequence[Service]) -> dict[str, str]:
    """The text of each file, by its path in the repository."""
    listeners = {service.name: service.consumer.types if service.consumer else () for service in services}
    return {
        **deployment.files(services),
        **{f"deploy/gateway/{name}": text for name, text in gateway_map.files(services).items()},
        "deploy/rabbitmq/definitions.json": topology.render(listeners),
        **{f"app/artifacts/{name}": text for name, text in permission_tables.tables(services).items()},
        f"docs/operations/{settings_table.NAME}": settings_table.table(),
        personal_data.NAME: personal_data.table(services),
        official_bodies.NAME: official_bodies.table(),
        outlines.NAME: outlines.table(),
        schemes.PERIMETERS: schemes.perimeters(),
        schemes.COMMUNES: schemes.communes(),
    }


def write(services: Sequence[Service], root: Path) -> None:
    """Write every file, and remove the problem documents that have no refusal any more."""
    for name, text in files(services).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.suffix == ".sh":
            path.chmod(0o755)
    gateway_map.write(services, root / "deploy" / "gateway")
