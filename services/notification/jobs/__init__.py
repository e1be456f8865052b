"""The clock door: what the one leading process does without being asked."""
