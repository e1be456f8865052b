"""Territories, places, organisations and governance of the programme."""
