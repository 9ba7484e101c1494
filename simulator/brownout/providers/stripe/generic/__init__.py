"""Stripe beyond what is modelled: answered from its schema alone, if a scenario asks for that.

What belongs here: tables that `scripts/make_stripe_tables.py` makes from stripe-python, a resource engine that works
by them, and objects that nobody created but that calls name (`unknown_objects: conjure`). What doesn't: anything that
knows how one particular resource behaves; that is a module of its own in the folder above or one of its sub-packages,
and takes precedence. `makers` knows, beside that, how those modules make an object that has already happened.
"""
