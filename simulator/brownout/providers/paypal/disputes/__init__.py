"""Buyers who complain, and what becomes of it."""
