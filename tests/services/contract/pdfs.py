"""PDF files for the tests: plain ones, and hostile ones."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

Change = Callable[[Pdf], None]
SIZE: Final = 20 * 2**20


def pdf(change: Change | None = None, *, title: str = "Contrat (synthétique)", **save: Any) -> bytes:
    """A PDF of one page, changed before it is saved. Another title makes other bytes."""
    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Title"] = String(title)
    if change:
        change(made)
    written = BytesIO()
    made.save(written, static_id=True, **save)
    return written.getvalue()


def with_scan(made: Pdf) -> None:
    """A page with an image, as a scanner makes it, that the reader shows from its top."""
    image = made.make_stream(b"\xff" * 100 * 140, Type=Name.XObject, Subtype=Name.Image, Width=100, Height=140)
    image.ColorSpace, image.BitsPerComponent = Name.DeviceGray, 8
    page = made.pages[0]
    page.Resources = Dictionary(XObject=Dictionary(Im0=image))
    page.Contents = made.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    made.Root.OpenAction = Array([page.obj, Name.FitH, 842])


def attaching(content: bytes, name: str, media_type: str) -> Change:
    """A file attached as PDF/A-3 does it."""

    def change(made: Pdf) -> None:
        described = pikepdf.AttachedFileSpec(
            made, content, filename=name, mime_type=media_type, relationship=Name.Source
        )
        made.attachments[name] = described
        made.Root.AF = Array([described.obj])

    return change


def loosely_attached(made: Pdf) -> None:
    """A file that does not say how it belongs to the document."""
    attaching(b"{}", "contrat.json", "application/json")(made)
    del made.Root.AF[0]["/AFRelationship"]


def hidden_file(made: Pdf) -> None:
    """A program that nothing names."""
    made.Root.Hidden = made.make_stream(b"MZ\0\0", Type=Name.EmbeddedFile)


def scripted(made: Pdf) -> None:
    """A script in the names of the document."""
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))


def opening(action: Dictionary) -> Change:
    """An action when the document is opened, as an object of its own."""

    def change(made: Pdf) -> None:
        made.Root.OpenAction = made.make_indirect(action)

    return change


def indirect_script(made: Pdf) -> None:
    """A link whose kind of action stands in an object of its own."""
    kind = made.make_indirect(Name.JavaScript)
    made.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.Link, A=Dictionary(S=kind))])


def chained_script(made: Pdf) -> None:
    """A harmless action with a script after it."""
    after = Dictionary(S=Name.JavaScript, JS=made.make_stream(b"app.alert(1)"))
    going = Dictionary(S=Name.GoTo, D=Array([made.pages[0].obj, Name.Fit]), Next=after)
    made.Root.OpenAction = going


def on_page(made: Pdf) -> None:
    """An action when a page is shown."""
    made.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Named, N=Name.NextPage))


def annotated(**entries: Any) -> Change:
    """An annotation on the page."""

    def change(made: Pdf) -> None:
        made.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **entries)])

    return change


def form(made: Pdf) -> None:
    """A form of XFA."""
    made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=made.make_stream(b"<xdp/>"))


def elsewhere(made: Pdf) -> None:
    """A stream whose bytes stand in another file."""
    made.Root.Outside = made.make_stream(b"", F=String("/etc/passwd"))


def bomb(filters: int = 1) -> Change:
    """A content of the page that is large when it is decompressed."""

    def change(made: Pdf) -> None:
        packed = b"\0" * 100 * 2**20
        for _ in range(filters):
            packed = zlib.compress(packed, 9)
        content = made.make_stream(b"")
        content.write(packed, filter=Array([Name.FlateDecode] * filters))
        made.pages[0].Contents = content

    return change


def huge_image(made: Pdf) -> None:
    """An image of a few bytes that says to be of ten billion pixels."""
    with_scan(made)
    image = made.pages[0].Resources.XObject.Im0
    image.Width = image.Height = 100_000


def crowded(made: Pdf) -> None:
    """Many objects, to be looked at one by one."""
    made.Root.Crowd = Array([made.make_indirect(Dictionary(N=number)) for number in range(100_001)])


def without_pages() -> bytes:
    """A PDF of no page."""
    written = BytesIO()
    pikepdf.new().save(written)
    return written.getvalue()


def padded(size: int) -> bytes:
    """A PDF of this size."""

    def of(length: int) -> bytes:
        def change(made: Pdf) -> None:
            made.Root.Padding = made.make_stream(b"x" * length)

        return pdf(change, compress_streams=False)

    return of(size - (len(of(size)) - size))


GOOD: Final = {
    "plain": pdf(),
    "scan": pdf(with_scan),
    "compressed": pdf(with_scan, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "pdf-a": pdf(attaching(b'{"number": "C-0001"}', "contrat.json", "application/json")),
    "link": pdf(annotated(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://example.org")))),
}
HOSTILE: Final[dict[str, tuple[str, bytes]]] = {
    "empty": ("file-missing", b""),
    "text": ("not-a-pdf", b"Contrat"),
    "html": ("not-a-pdf", b"<html>\n" + pdf()),
    "header alone": ("pdf-broken", b"%PDF-1.7\n<html></html>\n%%EOF"),
    "truncated": ("pdf-broken", pdf(with_scan)[:-200]),
    "torn": ("pdf-broken", pdf(with_scan)[:300] + b"\n%%EOF\n"),
    "nested": ("pdf-broken", b"%PDF-1.4\n1 0 obj\n" + b"[" * 10**6 + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"),
    "no page": ("pdf-without-pages", without_pages()),
    "password": ("pdf-encrypted", pdf(encryption=pikepdf.Encryption(user="secret", owner="owner"))),
    "empty password": ("pdf-encrypted", pdf(encryption=pikepdf.Encryption(user="", owner="owner"))),
    "script": ("pdf-active", pdf(scripted)),
    "script in a link": ("pdf-active", pdf(indirect_script)),
    "script after an action": ("pdf-active", pdf(chained_script)),
    "script at the opening": ("pdf-active", pdf(opening(Dictionary(S=Name.JavaScript, JS=String("1"))))),
    "address at the opening": ("pdf-active", pdf(opening(Dictionary(S=Name.URI, URI=String("https://example.org"))))),
    "action of a page": ("pdf-active", pdf(on_page)),
    "launch": ("pdf-active", pdf(annotated(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("cmd.exe"))))),
    "film": ("pdf-active", pdf(annotated(Subtype=Name.RichMedia))),
    "xfa": ("pdf-active", pdf(form)),
    "program": ("pdf-active", pdf(attaching(b"MZ\0\0", "setup.exe", "application/octet-stream"))),
    "program with another name": ("pdf-active", pdf(attaching(b"MZ\0\0", "contrat.json", "application/json"))),
    "loose attachment": ("pdf-active", pdf(loosely_attached)),
    "hidden file": ("pdf-active", pdf(hidden_file)),
    "bytes of another file": ("pdf-active", pdf(elsewhere)),
    "bomb": ("pdf-too-complex", pdf(bomb(), compress_streams=False)),
    "bomb in a bomb": ("pdf-too-complex", pdf(bomb(2), compress_streams=False)),
    "huge image": ("pdf-too-complex", pdf(huge_image)),
    "crowd": ("pdf-too-complex", pdf(crowded, object_stream_mode=pikepdf.ObjectStreamMode.generate)),
}
