"""Builds the folder: first every file, then the manifest that says what stands at which address, then the swap."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from app.docsite import asyncapi, openapi, pages, problems, schemas
from app.docsite.pages import FILES, Page
from app.docsite.stamp import stamp
from shared.http.documentation import MANIFEST

HERE: Final = Path(__file__).parent
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What a document needs that is no page, should a browser show it."""
FOREIGN_LOGO: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
NO_LOGO: Final = b"data:,"
"""What Redoc shows instead of its maker's logo: it asks a third party for it, and cannot be told not to."""
MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class File:
    """A file of the documentation: where it stands, on the disk and in the address."""

    address: str
    name: str
    content: bytes
    policy: str = NOTHING
    media_type: str = ""
    kept: str = ASK_AGAIN

    def listed(self) -> dict[str, Any]:
        """Its line of the manifest."""
        headers = {
            "content-type": self.media_type or MEDIA.get(Path(self.name).suffix, "text/plain; charset=utf-8"),
            "content-security-policy": self.policy,
            "referrer-policy": "no-referrer",
            "cache-control": self.kept,
            "etag": f'"{hashlib.sha256(self.content).hexdigest()[:32]}"',
        }
        return {"file": self.name, "headers": headers}


def build(folder: Path) -> None:
    """Write the whole documentation into a folder of its own; one that stands there gives way at the end, at once."""
    draft = folder.with_name(f".{folder.name}.{token_hex(4)}")
    addresses = {}
    for file in files():
        path = draft / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        addresses[file.address] = file.listed()
    (draft / MANIFEST).write_text(json.dumps({"stamp": stamp(), "addresses": addresses}, indent=1))
    _swap(draft, folder)


def _swap(draft: Path, folder: Path) -> None:
    former = draft.with_suffix(".former")
    if folder.exists():
        folder.rename(former)
    draft.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def files() -> Iterator[File]:
    """Every file, in no order that matters."""
    api = openapi.document()
    yield _document("/openapi.json", api)
    yield _document("/asyncapi.json", asyncapi.document(api))
    for name, schema in schemas.documents().items():
        yield _document(schemas.address(name), schema, media_type="application/schema+json")
    yield _document("/problems.json", problems.listed())
    for page in pages.pages(api):
        yield _page(page)
    for path in sorted((HERE / "files").iterdir()):
        yield _file(path.name, path, ASK_AGAIN)
    for path in sorted((HERE / "vendor").rglob("*")):
        if path.is_file():
            # The version stands in the address.
            file = _file(f"{path.parent.name}/{path.name}", path, FOR_EVER)
            yield replace(file, content=file.content.replace(FOREIGN_LOGO, NO_LOGO))


def _document(address: str, content: Mapping[str, Any] | list[Any], *, media_type: str = "") -> File:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return File(address, address.removeprefix("/"), body, media_type=media_type)


def _page(page: Page) -> File:
    name = page.address.removeprefix("/") or "index"
    return File(page.address, f"pages/{name}.html", page.html().encode(), page.policy)


def _file(name: str, path: Path, kept: str) -> File:
    return File(f"{FILES}/{name}", f"files/{name}", path.read_bytes(), kept=kept)
