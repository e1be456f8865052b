"""The broker's definitions in the repository are those that the code asks for."""

from pathlib import Path

from app.embedded import SERVICES
from shared.bus import topology

WRITTEN = Path(__file__).parents[3] / "deploy" / "rabbitmq" / "definitions.json"


def test_the_file_says_what_the_services_listen_to() -> None:
    listeners = {service.name: service.consumer.types if service.consumer else () for service in SERVICES}

    assert WRITTEN.read_text(encoding="utf-8") == topology.render(listeners), (
        "run `python -m services topology` and commit deploy/rabbitmq/definitions.json"
    )
