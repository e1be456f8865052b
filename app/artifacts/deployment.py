"""Deployment files made from the services: containers, gateway backends, database roles, secrets.

Each file is a template in `templates/`; `@name` marks a place to fill, because `$` belongs to Compose and the shell.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from string import Template
from typing import Final

from shared.runtime.platform import Service

TEMPLATES: Final = Path(__file__).parent / "templates"


class _Template(Template):
    delimiter = "@"


def files(services: Sequence[Service]) -> dict[str, str]:
    """The text of each file, by its path in the repository."""
    names = [service.name for service in services]
    return {
        "docker-compose.yml": _compose(services),
        "deploy/gateway/backends.cfg": _backends(services),
        "deploy/postgres/init.sh": _filled("init.sh", services=" ".join(names)),
        "deploy/secrets.sh": _filled("secrets.sh", variables=" ".join(_passwords(services))),
    }


def processes(services: Sequence[Service]) -> list[str]:
    """The names of the processes: `contract`, and `contract-2` for its second replica."""
    return [process for service in services for process in _processes(service)]


def _processes(service: Service) -> list[str]:
    return [f"{service.name}-{number}" if number > 1 else service.name for number in range(1, service.replicas + 1)]


def _passwords(services: Sequence[Service]) -> list[str]:
    """Return the names of the passwords of the database: of the role that works, and of the owner of its tables."""
    return [f"{service.name.upper()}{role}" for service in services for role in ("", "_OWNER")]


def _variables(names: Iterable[str]) -> str:
    """Return lines that hand passwords to a container."""
    return "".join(f"      {name}_PASSWORD: ${{{name}_PASSWORD:?}}\n" for name in names)


def _secrets(service: Service) -> str:
    """Return lines that hand a service the secrets that no other one takes."""
    names = map(str.upper, service.secrets)
    return "".join(f"      TERRITORIES_{name}: ${{{name}:?}}\n" for name in names)


def _compose(services: Sequence[Service]) -> str:
    each = [(service, process) for service in services for process in _processes(service)]
    return _filled(
        "docker-compose.yml",
        processes="\n".join(
            _filled(
                "process.yml",
                service=service.name,
                variable=service.name.upper(),
                process=process,
                secrets=_secrets(service),
            )
            for service, process in each
        ),
        preparations="\n".join(
            _filled("preparation.yml", service=service.name, variable=service.name.upper()) for service in services
        ),
        addresses="".join(
            f"      {service.name.upper()}_{number}: {process}:8000\n"
            for service in services
            for number, process in enumerate(_processes(service), start=1)
        ),
        healthy="".join(f"      {process}: {{condition: service_healthy}}\n" for _, process in each),
        passwords=_variables(service.name.upper() for service in services),
        database_passwords=_variables(_passwords(services)),
    )


def _backends(services: Sequence[Service]) -> str:
    servers = {service.name: "".join(_servers(service)) for service in services}
    backends = "\n".join(_filled("backend.cfg", service=name, servers=text) for name, text in servers.items())
    return _filled("backends.cfg", backends=backends, servers="".join(servers.values()))


def _servers(service: Service) -> Iterator[str]:
    """The servers of a service: the first is always there, the others where their addresses are set."""
    for number in range(1, max(2, service.replicas) + 1):
        variable = f"{service.name.upper()}_{number}"
        line = f'    server {service.name}-{number} "${{{variable}}}"\n'
        yield line if number == 1 else f".if defined({variable})\n{line}.endif\n"


def _filled(template: str, **values: str) -> str:
    return _Template((TEMPLATES / template).read_text()).substitute(values)
