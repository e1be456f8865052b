"""The published contracts, held against strangers' tools."""
