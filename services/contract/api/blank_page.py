"""An empty page as a PDF in plain characters: the example of a file in the documentation."""

from typing import Final

BLANK_PAGE: Final = (
    "%PDF-1.3\n%text\n"
    "1 0 obj\n<< /Pages 2 0 R /Type /Catalog >>\nendobj\n"
    "2 0 obj\n<< /Count 1 /Kids [ 3 0 R ] /Type /Pages >>\nendobj\n"
    "3 0 obj\n<< /Contents 4 0 R /MediaBox [ 0 0 595 842 ] /Parent 2 0 R /Resources << >> /Type /Page >>\nendobj\n"
    "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"
    "xref\n0 5\n0000000000 65535 f \n0000000015 00000 n \n0000000064 00000 n \n0000000123 00000 n \n"
    "0000000229 00000 n \n"
    "trailer << /Root 1 0 R /Size 5 >>\nstartxref\n278\n%%EOF\n"
)
