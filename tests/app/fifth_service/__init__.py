"""A fifth service, added to a copy of the sources."""
