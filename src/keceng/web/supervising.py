"""The worker as a child of the server: started with it, started again when it dies, ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_PATIENCE = 10.0


class Supervisor:
    """Keeps one worker of a workspace alive until `stop`."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace.resolve()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True, name="supervisor")

    @property
    def pid(self) -> int | None:
        """The worker's process; None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the worker and watch over it."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker politely, and at once where it does not heed that."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            with self._lock:
                if self._stopping.is_set():
                    return
                process = self._process = self._spawn()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
            if self._stopping.wait(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "from keceng.cli import main; main()", "worker", "--supervised"]
        surroundings = {**os.environ, "DJANGO_SETTINGS_MODULE": "keceng.desk.settings"}
        with (self.workspace / "worker.log").open("ab") as log:
            # The pipe is the worker's leash: it ends when this process does, however that ends.
            return subprocess.Popen(
                [*command, "--workspace", str(self.workspace)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=surroundings,
            )
