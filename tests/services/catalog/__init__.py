"""The catalog service, tested in its own house."""
