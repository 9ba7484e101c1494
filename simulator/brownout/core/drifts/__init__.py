"""What becomes of a value when an API drifts: one file a topic, plain functions of values, for `faults/drift.py`.

Each takes any value that JSON can say and gives one back, the same object where there is nothing for it to change;
none touches what it was given.
"""
