"""How the platform is run: its gateway, its broker, its images, and all of it together on one machine."""
