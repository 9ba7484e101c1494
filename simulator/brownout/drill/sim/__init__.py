"""A drill in one process: the same clients, journeys and faults, without sockets, on virtual time.

Each simulated user is a green thread. Whoever waits, for a timer, an answer or a lock, lets the next one run whose time
has come; time jumps there. So a day takes seconds, and a run hangs on nothing but its scenario, seed and client.
"""
