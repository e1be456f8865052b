"""Background tasks of the leading process."""
