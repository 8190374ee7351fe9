"""The first steps of a process that another one of ours has spawned.

Imports no model: a fresh process knows this module before Django is set up.
"""

import multiprocessing
import os
import signal
import threading
from multiprocessing.sharedctypes import Synchronized

PARENT_IS_GONE = 1

# How many items the processes of one piece of work have counted together.
count: "Synchronized[int] | None" = None


def enter(shared: "Synchronized[int]", database: str) -> None:
    """Get ready for work: the database of who spawned us, and no life without them."""
    global count  # noqa: PLW0603 (how an executor's processes get what is theirs)
    import django
    from django.db import connection

    # Ctrl-C reaches all of a terminal's processes; who spawned us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    connection.settings_dict["NAME"] = database
    count = shared


def _end_with_parent() -> None:
    """Wait for the end of who spawned us. A transaction under way is rolled back."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(PARENT_IS_GONE)
