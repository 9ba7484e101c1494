"""The only package that knows aiohttp: listeners, wire effects, admin API, webhook delivery.

It acts on what the core decides and reports back what became of it; it decides nothing about a provider.
"""
