"""The engine and everything it decides with: no I/O, no clock of its own, no chance of its own.

What belongs here knows neither HTTP libraries nor any provider nor any fault. Time arrives as a `Moment`,
chance is drawn from `core.chance` with a key, and what has to happen on the wire is yielded as an effect.
"""
