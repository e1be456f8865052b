"""Sealed PDF files: how a stranger validates them, and what a forger does to them."""

import io
from typing import Any, Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

A4: Final = (0, 0, 595, 842)


def trust(root: bytes, **more: Any) -> ValidationContext:
    """The trust of a stranger: one root, in PEM, and no network."""
    der = x509.load_pem_x509_certificate(root).public_bytes(Encoding.DER)
    return ValidationContext(trust_roots=[asn1_x509.Certificate.load(der)], allow_fetching=False, **more)


async def seal_of(pdf: bytes, root: bytes, **more: Any) -> Any:
    """The status of the seal, as pyHanko finds it."""
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    return await async_validate_pdf_signature(signature, trust(root, **more), trust(root, **more))


async def stamp_of(pdf: bytes, root: bytes) -> Any:
    """The status of the time stamp over the whole document."""
    return await async_validate_pdf_timestamp(
        PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures[0], trust(root)
    )


def with_a_byte_changed(pdf: bytes) -> bytes:
    """The same with another byte in its first stream."""
    at = pdf.index(b"stream") + 20
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def with_a_page(pdf: bytes) -> bytes:
    """The same with a page more, as an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    content = writer.add_object(generic.StreamObject(stream_data=b""))
    media_box = generic.ArrayObject(map(generic.NumberObject, A4))
    writer.insert_page(PageObject(contents=content, media_box=media_box))
    return _written(writer)


def with_another_attachment(pdf: bytes) -> bytes:
    """The same with another file in the place of the attached content, as an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    file = writer.root["/AF"][0]
    file["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=b'{"price": 1}'))
    writer.update_container(file["/EF"])
    return _written(writer)


def with_another_text(pdf: bytes) -> bytes:
    """The same with a text over its first page, as an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    text = generic.StreamObject(stream_data=b"BT /F1 24 Tf 100 100 Td (2 000 000) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(text))
    return _written(writer)


FORGERIES: Final = (with_a_byte_changed, with_a_page, with_another_attachment, with_another_text)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
