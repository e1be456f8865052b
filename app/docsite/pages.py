"""The pages of the documentation, and the content security policy of each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from app.artifacts import permission_tables
from app.docsite import markdown, problems, schemas
from app.embedded import SERVICES
from services.notification.rules.catalogue import published
from services.notification.schemas import AUDIENCES
from shared.events import EventClass, routing_key, sample_of
from shared.http.deprecation import SUNSET
from shared.problem import Refusal, summary

HERE: Final = Path(__file__).parent
FILES: Final = "/docs-files"
SWAGGER: Final = f"{FILES}/swagger-ui-5.35.0"
REDOC: Final = f"{FILES}/redoc-2.5.4"

NO_FRAME: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
OWN: Final = f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; {NO_FRAME}"
OF_SWAGGER: Final = (
    # Its icons are `data:` images in its style sheet; "Try it out" calls this platform alone.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " + NO_FRAME
)
OF_REDOC: Final = (
    # Redoc creates one empty <style> (allowed by the hash of the empty string) and fills it by script, which the
    # policy does not restrict; the second hash is the style of its scroll bars. Its search needs a worker from a blob:
    # it is off, and the browser's own search works.
    "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; "
    "img-src 'self' data:; connect-src 'self'; " + NO_FRAME
)

LAYOUT: Final = Template((HERE / "layout.html").read_text())
NAVIGATION: Final = {
    "/": "Start",
    "/docs": "Try the API",
    "/redoc": "Reference",
    "/schemas": "Events",
    "/problems": "Problems",
    "/docs/permissions": "Permissions",
    "/docs/glossary": "Glossary",
    "/docs/changes": "Changes",
}
MANY: Final = 12
"""Maximum operations listed without folding."""


@dataclass(frozen=True)
class DocumentationPage:
    """A page of the documentation; `body` is HTML."""

    address: str
    title: str
    body: str
    policy: str = OWN
    head: str = ""

    def html(self) -> str:
        """Render the page."""
        return LAYOUT.substitute(
            title=escape(self.title), head=self.head, navigation=_navigation(self.address), body=self.body, files=FILES
        )


def pages(api: Mapping[str, Any]) -> Iterator[DocumentationPage]:
    """Yield every page."""
    yield _guide("/", "start.md")
    yield _swagger()
    yield _redoc()
    yield _events()
    yield from _publisher_pages()
    yield from _event_pages()
    yield DocumentationPage("/docs/permissions", "Who may do what", _text(_table_of(permission_tables.PERMISSIONS)))
    yield _guide("/docs/glossary", "glossary.md")
    yield _changes(api)
    yield _problems()
    for refusal in problems.refusals().values():
        yield _problem(api, refusal)


def _navigation(here: str) -> str:
    current = max((address for address in NAVIGATION if f"{here}/".startswith(f"{address}/")), key=len, default="/")
    return "".join(
        f'<li><a href="{address}"{" aria-current=page" if address == current else ""}>{name}</a></li>'
        for address, name in NAVIGATION.items()
    )


def _guide(address: str, file: str) -> DocumentationPage:
    source = (HERE / "guide" / file).read_text()
    return DocumentationPage(address, source.partition("\n")[0].removeprefix("# "), _text(source))


def _text(source: str) -> str:
    """Render a text, with a table of contents if it has sections."""
    read = markdown.text(source)
    links = "".join(f'<li><a href="#{anchor}">{markdown.line(name)}</a></li>' for anchor, name in read.parts.items())
    if not links:
        return f"<article>{read.html}</article>"
    return f'<nav class="parts" aria-label="On this page"><ul>{links}</ul></nav><article>{read.html}</article>'


def _table_of(name: str) -> str:
    """Return a generated table without the note for editors."""
    title, _, text = permission_tables.tables(SERVICES)[name].partition("\n")
    return f"{title}\n\n{text.partition('do not edit. ')[2]}"


def _swagger() -> DocumentationPage:
    return DocumentationPage(
        "/docs",
        "Try the API",
        '<h1 class="unseen">Try the API</h1><div id="swagger"></div>'
        "<noscript><p>This page needs JavaScript; <a href=/openapi.json>the document</a> does not.</p></noscript>",
        OF_SWAGGER,
        f'<link rel="stylesheet" href="{SWAGGER}/swagger-ui.css">\n'
        f'<script src="{SWAGGER}/swagger-ui-bundle.js" defer></script>\n'
        f'<script src="{FILES}/swagger.js" defer></script>\n',
    )


def _redoc() -> DocumentationPage:
    return DocumentationPage(
        "/redoc",
        "API reference",
        '<redoc spec-url="/openapi.json" disable-search hide-download-button></redoc>'
        "<noscript><p>This page needs JavaScript; <a href=/openapi.json>the document</a> does not.</p></noscript>",
        OF_REDOC,
        f'<script src="{REDOC}/redoc.standalone.js" defer></script>\n',
    )


def _events() -> DocumentationPage:
    events = published().values()
    listed = [_listed(event) for event in events]
    audiences = markdown.table(
        ["audience", "recipients"], [[f"`{name}`", meaning] for name, meaning in AUDIENCES.items()]
    )
    recipients = markdown.block(_table_of(permission_tables.EVENTS).replace("# Who", "## Who", 1))
    return DocumentationPage(
        "/schemas",
        "Events and their schemas",
        "<article><h1>Events and their schemas</h1>"
        + markdown.block(
            "Every event is a CloudEvent. Its `type` is `fr.territoires-industrie.` and one of these names. Its "
            "`dataschema` is the address of the JSON Schema of its `data`. [The AsyncAPI document](/asyncapi.json) "
            "describes all of them, with their channels."
        )
        + markdown.table(["event", "meaning", "audience", "data"], listed)
        + audiences
        + f"{recipients}</article>",
    )


def _publisher_pages() -> Iterator[DocumentationPage]:
    """Yield the target of each `source`: the events of one service."""
    events = list(published().values())
    for publisher in sorted({event.publisher for event in events}):
        own = [event for event in events if event.publisher == publisher]
        yield DocumentationPage(
            f"/schemas/{publisher}",
            f"Events of {publisher}",
            f"<article><h1>Events of <code>{publisher}</code></h1>"
            + markdown.block(f"Events with this address as `source` are published by the service `{publisher}`.")
            + markdown.table(["event", "meaning", "audience", "data"], [_listed(event) for event in own])
            + markdown.block("[All events](/schemas)")
            + "</article>",
        )


def _listed(event: EventClass) -> list[str]:
    return [
        f"[`{routing_key(event.type)}`]({_address(event)})",
        " ".join((event.__doc__ or "").split()),
        event.audience,
        f"[schema]({schemas.address(event.type)})",
    ]


def _event_pages() -> Iterator[DocumentationPage]:
    for event in published().values():
        example = json.dumps(sample_of(event.type), ensure_ascii=False, indent=2)
        yield DocumentationPage(
            _address(event),
            routing_key(event.type),
            f"<article><h1>{event.event_name}</h1>"
            + markdown.block(event.__doc__ or "")
            + markdown.table(
                ["attribute", "value"],
                [
                    ["`type`", f"`{event.type}`"],
                    ["recipients", f"{AUDIENCES[event.audience]} (`{event.audience}`)"],
                    [
                        "`subject`",
                        f"`{permission_tables.subject_of(event)}`: events of one subject keep their order",
                    ],
                    ["schema of its data", f"[`{schemas.address(event.type)}`]({schemas.address(event.type)})"],
                ],
            )
            + markdown.block(f"## Example\n\n```json\n{example}\n```\n\n[All events](/schemas)")
            + "</article>",
        )


def _address(event: EventClass) -> str:
    return f"/schemas/{routing_key(event.type)}"


def _changes(api: Mapping[str, Any]) -> DocumentationPage:
    going = [
        f"- [`{method.upper()} {path}`](/redoc#operation/{operation['operationId']}) until {operation[SUNSET]}"
        for path, item in api["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and operation.get("deprecated")
    ]
    source = (HERE / "guide" / "changes.md").read_text()
    listed = "\n".join(going) or "No operation is deprecated today."
    return DocumentationPage("/docs/changes", "Changes", _text(f"{source}\n## Deprecated operations\n\n{listed}\n"))


def _problems() -> DocumentationPage:
    rows = [
        [f"[`{code}`]({problems.address(code)})", str(refusal.status), summary(refusal)]
        for code, refusal in problems.refusals().items()
    ]
    return DocumentationPage(
        "/problems",
        "Problems",
        "<article><h1>Problems</h1>"
        + markdown.block(
            "Every refusal is a problem document (RFC 9457). Its `type` is the address of one of these pages, and "
            "never changes; `detail` says what to do next; `errors` says which fields. Programs read "
            "[the same list](/problems.json)."
        )
        + markdown.table(["code", "status", "meaning"], rows)
        + "</article>",
    )


def _problem(api: Mapping[str, Any], refusal: type[Refusal]) -> DocumentationPage:
    document = json.dumps(refusal.example(), ensure_ascii=False, indent=2)
    operations = [
        f"- [`{method} {path}`](/redoc#operation/{operation['operationId']}): {operation['summary']}"
        for method, path, operation in problems.answered_by(api, refusal)
    ]
    answered = markdown.block("\n".join(operations))
    if len(operations) > MANY:
        answered = f"<details><summary>{len(operations)} operations</summary>{answered}</details>"
    return DocumentationPage(
        problems.address(refusal.code),
        refusal.title,
        f"<article><h1>{escape(refusal.title)}</h1>"
        f"<p><code>{refusal.code}</code>, status {refusal.status}</p>"
        + markdown.block(refusal.__doc__ or refusal.title)
        + markdown.block(f"```json\n{document}\n```")
        + (f"<h2>Operations that return it</h2>{answered}" if operations else "")
        + markdown.block("[All problems](/problems)")
        + "</article>",
    )
