"""What changes: load, decide, store, tell."""
