"""One process under the supervisor of `script/server`: `python -m tests.supervised WORDS...`.

In production a service manager does the same: it starts again what ended by itself.
"""

import os
import sys
from pathlib import Path

from config.processes import Supervisor

if __name__ == "__main__":
    with Supervisor(folder=Path.cwd(), environ=os.environ) as supervisor:
        supervisor.hold_signals()
        supervisor.start("kept", sys.argv[1:])
        code = supervisor.watch(lambda: True, lambda: None)
        supervisor.stop()
    sys.exit(code)
