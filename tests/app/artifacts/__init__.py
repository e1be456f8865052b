"""Generated files, and what reads them."""
