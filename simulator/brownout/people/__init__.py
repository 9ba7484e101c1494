"""Seeded people and merchants."""
