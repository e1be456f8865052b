"""Assemble and show the services: command line, embedded platform, documentation, demo, generated files."""
