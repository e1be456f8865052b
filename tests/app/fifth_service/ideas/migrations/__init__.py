"""The tables of the service; the test generates the first revision."""
