"""`python -m brownout` is the `brownout` command."""

from brownout.cli import main

main()
