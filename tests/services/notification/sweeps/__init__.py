"""Tests of hundreds of deliveries: in `make test`, not in `make test-fast`."""
