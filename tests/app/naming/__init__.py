"""Organisations are named everywhere by their SIREN."""
