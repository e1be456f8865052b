"""The documentation site, built from the services themselves into one folder. No service imports it."""
