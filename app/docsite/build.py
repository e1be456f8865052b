"""Build the documentation folder: write every file, then the manifest of addresses, then swap the folders."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from app.docsite import asyncapi, openapi, pages, problems, schemas
from app.docsite.pages import FILES, DocumentationPage
from app.docsite.stamp import stamp
from shared.http.documentation import MANIFEST

HERE: Final = Path(__file__).parent
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content security policy of a document that is not a page."""
FOREIGN_LOGO: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
NO_LOGO: Final = b"data:,"
"""Replacement of Redoc's logo: it loads the logo from a third party, and no option prevents it."""
MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class File:
    """A file of the documentation: address, file name, headers."""

    address: str
    name: str
    content: bytes
    policy: str = NOTHING
    media_type: str = ""
    cache: str = REVALIDATE

    def listed(self) -> dict[str, Any]:
        """Return its entry in the manifest."""
        headers = {
            "content-type": self.media_type or MEDIA.get(Path(self.name).suffix, "text/plain; charset=utf-8"),
            "content-security-policy": self.policy,
            "referrer-policy": "no-referrer",
            "cache-control": self.cache,
            "etag": f'"{hashlib.sha256(self.content).hexdigest()[:32]}"',
        }
        return {"file": self.name, "headers": headers}


def build(folder: Path) -> None:
    """Build the documentation in a new folder, then replace the old one by a rename."""
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
    """Yield every file, in any order."""
    api = openapi.document()
    yield _document("/openapi.json", api)
    yield _document("/asyncapi.json", asyncapi.document(api))
    for name, schema in schemas.documents().items():
        yield _document(schemas.address(name), schema, media_type="application/schema+json")
    yield _document("/problems.json", problems.listed())
    for page in pages.pages(api):
        yield _page(page)
    for path in sorted((HERE / "files").iterdir()):
        yield _file(path.name, path, REVALIDATE)
    for path in sorted((HERE / "vendor").rglob("*")):
        if path.is_file():
            # The address contains the version.
            file = _file(f"{path.parent.name}/{path.name}", path, IMMUTABLE)
            yield replace(file, content=file.content.replace(FOREIGN_LOGO, NO_LOGO))


def _document(address: str, content: Mapping[str, Any] | list[Any], *, media_type: str = "") -> File:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return File(address, address.removeprefix("/"), body, media_type=media_type)


def _page(page: DocumentationPage) -> File:
    name = page.address.removeprefix("/") or "index"
    return File(page.address, f"pages/{name}.html", page.html().encode(), page.policy)


def _file(name: str, path: Path, cache: str) -> File:
    return File(f"{FILES}/{name}", f"files/{name}", path.read_bytes(), cache=cache)
