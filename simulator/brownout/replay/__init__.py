"""Somebody's own program against a world: `brownout run`. What it met and what it did about it is told afterwards.

The program is a child process like any other: it keeps its terminal, its streams and its exit code. Nothing here
knows a provider.
"""
