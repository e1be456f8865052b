"""Inspect a PDF file from standard input, as a program of its own: `python pdf_inspection.py < file.pdf`.

A hostile file may take memory and time, or crash the library: this process bounds itself and is started for one file.
It imports nothing of the platform and is imported by nothing of it. It prints one JSON object: `pages` and
`is_signed`, or `refused` with a `detail`.
"""

import base64
import json
import os
import resource
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from io import FileIO
from itertools import chain
from typing import Any, Final

import pikepdf
from pikepdf.settings import set_qpdf_limits

SECONDS: Final = 15
"""Maximum processor time, in seconds."""
MEMORY: Final = 512 * 2**20
"""Maximum address space, in bytes."""
MAX_PAGES: Final = 2_000
MAX_OBJECTS: Final = 100_000
MAX_PIXELS: Final = 200_000_000
"""Maximum size of an image: A0 at 300 dots per inch has 139 million."""
MAX_STREAM: Final = 64 * 2**20
"""Decompressed bytes of a stream that is no image."""
MAX_IMAGE: Final = 256 * 2**20
"""Decompressed bytes of an image."""
MAX_TOTAL: Final = 1024 * 2**20
"""Decompressed bytes of all streams."""
MAX_ATTACHMENT: Final = 8 * 2**20
PIECE: Final = 2**20
TRAILER: Final = 1_024
"""Bytes at the end of a file in which its end mark stands."""

ACTIVE_ACTIONS: Final = frozenset(
    {
        "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound",
        "/RichMediaExecute", "/GoTo3DView", "/SetOCGState", "/Hide", "/ResetForm",
    }
)  # fmt: skip
ACTIVE_SUBTYPES: Final = frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
ACTIVE_KEYS: Final = frozenset({"/JavaScript", "/JS", "/XFA", "/AA", "/RichMediaContent", "/RichMediaSettings"})
ATTACHMENTS: Final = {
    "/application/json": ".json",
    "/text/xml": ".xml",
    "/application/xml": ".xml",
    "/text/csv": ".csv",
}
"""Media types of the attachments of a PDF/A, with the ending of their names: data that no viewer runs."""
SHORT_FILTERS: Final = {
    "/Fl": "/FlateDecode", "/LZW": "/LZWDecode", "/RL": "/RunLengthDecode", "/A85": "/ASCII85Decode",
    "/AHx": "/ASCIIHexDecode",
}  # fmt: skip
EXPANDING: Final = frozenset({"/FlateDecode", "/LZWDecode", "/RunLengthDecode"})


Entries = Mapping[str, Any]
"""Entries of a dictionary of the file."""


class Refused(Exception):
    """The file is refused: a code of the platform's refusals, and what was found."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def confine() -> None:
    """Bound this process, before it reads anything."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Requests go first.
    os.nice(10)
    set_qpdf_limits(
        flate_max_memory=MAX_IMAGE, run_length_max_memory=MAX_IMAGE, png_max_memory=MAX_IMAGE,
        tiff_max_memory=MAX_IMAGE, dct_max_memory=MAX_IMAGE, max_stream_filters=3,
    )  # fmt: skip


def inspect(file: FileIO) -> dict[str, Any]:
    """Return pages and signatures of a PDF that nothing speaks against. Raise `Refused`."""
    if not file.read(5).startswith(b"%PDF-"):
        raise Refused("not-a-pdf", "it does not begin with %PDF-")
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TRAILER))
    if b"%%EOF" not in file.read():
        raise Refused("pdf-broken", "its end is missing")
    file.seek(0)
    try:
        with pikepdf.open(file, attempt_recovery=False) as pdf:
            return _inspected(pdf)
    except pikepdf.PasswordError:
        raise Refused("pdf-encrypted", "it opens with a password") from None
    except MemoryError:
        raise Refused("pdf-too-complex", "it takes too much memory") from None
    except (pikepdf.PdfError, pikepdf.QpdfRuntimeError, pikepdf.DataDecodingError, zlib.error, ValueError):
        file.seek(max(0, size - TRAILER))
        if b"/Encrypt" in file.read():
            raise Refused("pdf-encrypted", "its encryption is not a known one") from None
        raise Refused("pdf-broken", "its structure cannot be read") from None


def _inspected(pdf: pikepdf.Pdf) -> dict[str, Any]:
    if pdf.is_encrypted:
        raise Refused("pdf-encrypted", "it is encrypted, if only with an empty password")
    if len(pdf.objects) > MAX_OBJECTS:
        raise Refused("pdf-too-complex", f"it has more than {MAX_OBJECTS:,} objects")
    pages = len(pdf.pages)
    if pages == 0:
        raise Refused("pdf-without-pages", "it has no page")
    if pages > MAX_PAGES:
        raise Refused("pdf-too-complex", f"it has more than {MAX_PAGES:,} pages")
    _Walk().over(pdf)
    # The parts of a signature stand in a dictionary with the bytes that it covers.
    is_signed = any("/ByteRange" in entries for whole in pdf.objects for entries in _direct_dictionaries(whole))
    return {"pages": pages, "is_signed": is_signed}


class _Walk:
    """Looks at every object of a file once."""

    def __init__(self) -> None:
        self._embedded: set[tuple[int, int]] = set()
        self._attached: set[tuple[int, int]] = set()
        self._decoded = 0

    def over(self, pdf: pikepdf.Pdf) -> None:
        """Raise `Refused` for the first object that may not be there."""
        for whole in chain([pdf.trailer], pdf.objects):
            if isinstance(whole, pikepdf.Stream):
                self._look_at_stream(whole)
            for entries in _direct_dictionaries(whole):
                self._look_at(entries)
        if self._embedded - self._attached:
            raise Refused("pdf-active", "a file is embedded that is not the attachment of a PDF/A")

    def _look_at(self, entries: Entries) -> None:
        for key in ACTIVE_KEYS & entries.keys():
            # An empty dictionary of actions does nothing.
            if key != "/AA" or len(entries[key]):
                raise Refused("pdf-active", f"it has an entry {key}")
        if (action := _name(entries, "/S")) in ACTIVE_ACTIONS:
            raise Refused("pdf-active", f"it has an action {action}")
        if (subtype := _name(entries, "/Subtype")) in ACTIVE_SUBTYPES:
            raise Refused("pdf-active", f"it has an element {subtype}")
        opening = entries.get("/OpenAction")
        # A place to open at, as many scanners write it, is no script.
        if isinstance(opening, pikepdf.Dictionary) and _name(dict(opening.items()), "/S") != "/GoTo":
            raise Refused("pdf-active", "it does something when it is opened (/OpenAction)")
        if "/EF" in entries:
            self._look_at_attachment(entries)

    def _look_at_attachment(self, described: Entries) -> None:
        files = described["/EF"]
        if not isinstance(files, pikepdf.Dictionary):
            raise Refused("pdf-broken", "an attachment has no file")
        for stream in dict(files.items()).values():
            reason = _misfit(described, stream)
            if reason:
                raise Refused("pdf-active", f"a file is attached: {reason}")
            self._attached.add(stream.objgen)

    def _look_at_stream(self, stream: Any) -> None:
        entries = dict(stream.items())
        if "/F" in entries or "/FFilter" in entries:
            raise Refused("pdf-active", "a part of it stands in another file")
        if _name(entries, "/Type") == "/EmbeddedFile":
            self._embedded.add(stream.objgen)
        is_image = _name(entries, "/Subtype") == "/Image"
        if is_image and _number(entries, "/Width") * _number(entries, "/Height") > MAX_PIXELS:
            raise Refused("pdf-too-complex", f"an image has more than {MAX_PIXELS:,} pixels")
        limit = min(MAX_IMAGE if is_image else MAX_STREAM, MAX_TOTAL - self._decoded)
        self._decoded += _decoded_size(stream, limit)


def _direct_dictionaries(whole: Any) -> Iterator[Entries]:
    """Yield the dictionaries of an object, itself and those inside it; objects of their own are not followed."""
    waiting = [whole]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
            entries = dict(found.items())
            yield entries
            inner: Iterable[Any] = entries.values()
        elif isinstance(found, pikepdf.Array):
            inner = list(found)
        else:
            continue
        waiting.extend(each for each in inner if isinstance(each, pikepdf.Object) and not each.is_indirect)


def _name(entries: Entries, key: str) -> str:
    """Return a name in a dictionary; empty if there is none."""
    value = entries.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _number(entries: Entries, key: str) -> int:
    value = entries.get(key)
    return value if isinstance(value, int) else 0


def _misfit(described: Entries, stream: Any) -> str | None:
    """Return the reason why an attachment is not taken, or None: data of a PDF/A, which no viewer runs, are."""
    if not isinstance(stream, pikepdf.Stream):
        return "it has no content"
    if not _name(described, "/AFRelationship"):
        return "it does not say how it belongs to the document, as PDF/A asks"
    ending = ATTACHMENTS.get(_name(dict(stream.items()), "/Subtype"))
    name = str(described.get("/UF", described.get("/F", ""))).lower()
    if ending is None or not name.endswith(ending):
        return "only JSON, XML and CSV may be attached"
    content = stream.read_bytes()
    if len(content) > MAX_ATTACHMENT:
        return f"it is larger than {MAX_ATTACHMENT:,} bytes"
    if b"\0" in content or not _is_text(content):
        return "its content is not text"
    return None


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _filters(stream: Any) -> list[str]:
    value = stream.get("/Filter")
    names = list(value) if isinstance(value, pikepdf.Array) else [] if value is None else [value]
    return [SHORT_FILTERS.get(str(name), str(name)) for name in names]


def _decoded_size(stream: Any, limit: int) -> int:
    """Return the number of decompressed bytes of a stream. Images in formats of their own stay as they are."""
    filters = _filters(stream)
    if len([name for name in filters if name in EXPANDING]) > 1 or len(filters) > 3:
        raise Refused("pdf-too-complex", "a part of it is compressed more than once")
    content = stream.read_raw_bytes()
    for name in filters:
        if name == "/ASCII85Decode":
            content = base64.a85decode(content.strip().removesuffix(b"~>").removeprefix(b"<~"))
        elif name == "/ASCIIHexDecode":
            content = bytes.fromhex(content.decode("ascii").strip().removesuffix(">"))
        elif name == "/FlateDecode":
            return _inflated_size(content, limit)
        elif name in EXPANDING:
            return _within(len(stream.read_bytes()), limit)
        else:
            break
    return _within(len(content), limit)


def _inflated_size(content: bytes, limit: int) -> int:
    """Count what a stream of Flate holds, piece by piece: nothing of it is kept."""
    inflate = zlib.decompressobj()
    size = len(inflate.decompress(content, PIECE))
    while inflate.unconsumed_tail:
        size += len(inflate.decompress(inflate.unconsumed_tail, PIECE))
        _within(size, limit)
    return _within(size, limit)


def _within(size: int, limit: int) -> int:
    if size > limit:
        raise Refused("pdf-too-complex", "it holds too much when it is decompressed")
    return size


def main() -> None:
    """Inspect standard input, and print the result."""
    confine()
    try:
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
            result = inspect(file)
    except Refused as refused:
        result = {"refused": refused.code, "detail": refused.detail}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
