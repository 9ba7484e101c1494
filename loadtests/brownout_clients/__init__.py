"""Clients of payment and KYC providers, to be drilled: what they have in common, and two ways of doing it.

`naive` is what many first versions look like, `resilient` what is left after a few incidents. Both are plain classes
against the `Transport` and `Clock` of `protocols`; nothing here but `user` knows Locust. A client of your own is any
class with the methods of `protocols.Client`: `brownout drill SCENARIO --client my_module:MyClient`.
"""
