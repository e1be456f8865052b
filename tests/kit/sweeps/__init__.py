"""Tests of hundreds of inputs: in `make test`, not in `make test-fast`."""
