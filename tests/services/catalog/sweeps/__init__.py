"""Tests of hundreds of requests: in `make test`, not in `make test-fast`."""
