"""A fifth service, for the test that adds it to a copy of the sources: an idea box for each signed contract."""
