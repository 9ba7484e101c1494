"""Python imports this by itself at its start, as interception puts this folder first in PYTHONPATH.

It stands in the way of any other sitecustomize, so it runs that one too. Nothing in this file may be newer than
Python 2: the folder is in the path of every interpreter that the program starts.
"""

import os
import sys

if __name__ == "sitecustomize":  # and not under a name that a linter or a test gives it
    try:  # noqa: SIM105 - contextlib takes time to import
        __import__("brownout_hook").install()
    except Exception:  # noqa: BLE001, S110 - without the hook the program is as it was; with a traceback it isn't
        pass

    from importlib.machinery import PathFinder

    _hidden = PathFinder.find_spec(__name__, [one for one in sys.path if one != os.path.dirname(__file__)])
    if _hidden is not None and _hidden.loader is not None:
        from importlib.util import module_from_spec

        sys.modules[__name__] = module_from_spec(_hidden)
        _hidden.loader.exec_module(sys.modules[__name__])
