"""Tests that load all reference data: in `make test`, not in `make test-fast`."""
