"""Commands: load, decide, store, publish."""
