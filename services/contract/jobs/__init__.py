"""Background tasks of the leading process, one module for each noun."""
