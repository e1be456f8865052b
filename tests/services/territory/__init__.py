"""The territory service, on real reference data."""
