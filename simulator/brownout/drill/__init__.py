"""A drill: clients under load meet planned faults, and the ledger tells how they coped.

The parent runs the server and judges (`conduct`); each arm's clients run in a child process under Locust (`child`), one
arm after the other, each in a world of its own with the same seed, plan and arrivals. Nothing is imported here: the
child passes through, and Locust has to come before everything that it patches.
"""
