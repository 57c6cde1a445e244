"""Is the explorer still there for an honest reader while others hold connections open?

python benchmarks/does_the_explorer_hold.py [--connections 1500] [--save]

A real `shoal explore` with 1,024 files and a standard error that nobody reads, on loopback and with
--host and a password. Strangers without either open connections and send nothing, half a request,
a byte now and then, or no HTTP.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from report import save, table

FILES = 1024
PASSWORD = "a password of the benchmark"
SENT = {
    "nothing": b"",
    "half a request": b"GET /api/run HTTP/1.1\r\nHost: x\r\n",
    "no HTTP": b"\0\0\r\n\r\n",
}


def few_files() -> None:
    """Let the process that is started open no more files than most systems allow."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


class Explorer:
    """A process that serves a run.

    Parameters
    ----------
    run : its folder
    host : to listen at, None for this machine only
    """

    def __init__(self, run: Path, host: str | None) -> None:
        command = [sys.executable, "-m", "shoal", "explore", str(run), "--no-browser"]
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(
            [*command, *(["--host", host] if host else [])],
            env={**os.environ, "SHOAL_PASSWORD": PASSWORD},
            preexec_fn=few_files,
            **pipes,
        )
        address = self.process.stdout.readline()  # type: ignore[union-attr]
        self.port = int(re.search(r":(\d+)/", address)[1])  # type: ignore[index]
        token = re.search(r"token=(\S+)", address)
        basic = base64.b64encode(f"x:{PASSWORD}".encode()).decode()
        self.authorization = f"Bearer {token[1]}" if token else f"Basic {basic}"

    def seconds_of_an_answer(self) -> float:
        """How long an honest reader waits."""
        started = time.perf_counter()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/run", headers={"authorization": self.authorization}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        return time.perf_counter() - started

    @property
    def files(self) -> int:
        """Files that it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def cpu(self) -> float:
        """Seconds of a processor that it has used."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> int:
        """Stop it as a person does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        return self.process.returncode


def tried(run: Path, host: str | None, sent: str, n: int) -> dict[str, Any]:
    """What an honest reader sees beside `n` connections."""
    explorer = Explorer(run, host)
    try:
        explorer.seconds_of_an_answer()
        held = []
        for _ in range(n):
            made = socket.create_connection(("127.0.0.1", explorer.port), timeout=60)
            try:
                made.sendall(SENT[sent])
            except OSError:  # it hung up already
                pass
            held.append(made)
        files, before = explorer.files, explorer.cpu
        time.sleep(3)
        idle = explorer.cpu - before
        answer = explorer.seconds_of_an_answer()
        time.sleep(9)
        row = {
            "listens": "everywhere" if host else "this machine",
            "sent": sent,
            "connections": n,
            "files": files,
            "CPU s in 3 s": idle,
            "answer s": answer,
            "files after 12 s": explorer.files,
        }
    finally:
        code = explorer.end()
    return {**row, "exit code": code}


def main() -> None:
    """Try each, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=1500)
    parser.add_argument("--save", action="store_true")
    told = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    import shoal

    with tempfile.TemporaryDirectory() as folder:
        texts = [f"{'river bank' if i % 2 else 'oven bread'} {i}" for i in range(60)]
        shoal.cluster(texts, embedder="hashing", k=2, out=f"{folder}/run")
        rows = [
            tried(Path(folder) / "run", host, sent, told.connections)
            for host in (None, "0.0.0.0")
            for sent in SENT
        ]
    table(rows)
    if told.save:
        save("does_the_explorer_hold", rows)
    assert all(row["answer s"] < 10 and row["exit code"] == 0 for row in rows)


if __name__ == "__main__":
    main()
