"""Run the platform: gateway, broker, image, and a cluster on one machine."""
