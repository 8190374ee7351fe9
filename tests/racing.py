"""Things done at the same time, each on a database connection of its own."""

import threading
from collections.abc import Callable

from django.db import connections

PATIENCE_S = 120


def race(*tasks: Callable[[], object]) -> None:
    """Start all at once and wait for all; raises what any of them raised."""
    for outcome in outcomes_of_race(*tasks):
        if isinstance(outcome, BaseException):
            raise outcome


def outcomes_of_race(*tasks: Callable[[], object]) -> list[object]:
    """Start all at once and wait for all; return what each returned or raised.

    Needs `django_db(transaction=True)`, or the threads see nothing of the test's rows.
    """
    outcomes: list[object] = [None] * len(tasks)
    ready = threading.Barrier(len(tasks))

    def work(number: int, task: Callable[[], object]) -> None:
        try:
            ready.wait(timeout=PATIENCE_S)
            outcomes[number] = task()
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive(), "it hangs"
    return outcomes
