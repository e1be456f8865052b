"""The contract service, tested."""
