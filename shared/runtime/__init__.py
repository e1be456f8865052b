"""Run services in a process."""
