"""The kit: what two or more services need. It knows no service."""
