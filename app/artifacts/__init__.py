"""Files generated from the services: gateway map, permission tables."""
