"""A drill of somebody's own service, which calls a Brownout that runs elsewhere.

`conduct.py` is the drill, `session.py` one run from its lease to its verdict, `ground.py` the world as read over the
admin API, `hooks.py` and `child.py` what runs inside Locust, `database.py` claims from a file, `terms.py` what answers
count as.
"""
