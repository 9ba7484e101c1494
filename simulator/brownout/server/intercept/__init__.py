"""Answers for providers' real hosts: a proxy, a TLS port, and an authority that programs are told to trust.

`App.intercept` starts it and returns an `Interception`. Everything else here is how it works.
"""
