"""Things done at the same time, each on a database connection of its own."""

import threading
from collections.abc import Callable

from django.db import connections

PATIENCE_S = 120


def race(*tasks: Callable[[], object]) -> None:
    """Start all at once and wait for all; raises what any of them raised.

    Needs `django_db(transaction=True)`, or the threads see nothing of the test's rows.
    """
    problems: list[BaseException] = []
    ready = threading.Barrier(len(tasks))

    def work(task: Callable[[], object]) -> None:
        try:
            ready.wait(timeout=PATIENCE_S)
            task()
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive(), "it hangs"
    if problems:
        raise problems[0]
