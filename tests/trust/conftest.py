"""A stranger's run, and a server that hears whether anything is sent."""

import json
import socket
import threading

import pytest

from shoal.cli.app import main

SECRET = "the-secret-of-the-environment"
NEW_TEXTS = ["a new text nobody has seen", "rocket orbit planet of another kind"]


class Listener:
    """Listens, and keeps every byte that arrives."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.connections, self.received = 0, b""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(0.3)
            try:
                while part := connection.recv(1 << 16):
                    self.received += part
            except OSError:
                pass
            try:
                connection.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                pass
            connection.close()


@pytest.fixture
def listener(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("SHOAL_API_KEY", SECRET)
    found = Listener()
    yield found
    found.socket.close()


def rewrite(run, **stages):
    """Change stages of a run's recipe, as whoever sends it to somebody may."""
    path = run / "recipe.toml"
    import tomllib

    import tomli_w

    told = tomllib.loads(path.read_text(encoding="utf-8"))
    for stage, params in stages.items():
        told[stage] = {**told[stage], **params} if "part" not in params else params
    path.write_text(tomli_w.dumps(told), encoding="utf-8")


def tell(run, **told):
    """Change what run.json says."""
    path = run / "run.json"
    before = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**before, **told}), encoding="utf-8")


@pytest.fixture
def hostile(run_path, listener):
    """A run whose every choice leads to the listener."""
    url = f"http://{listener.address}/v1"
    rewrite(
        run_path,
        embed={"part": url, "key_variable": "AWS_SECRET_ACCESS_KEY", "retries": 0},
        describe={"part": url, "key_variable": "AWS_SECRET_ACCESS_KEY", "retries": 0},
    )
    info = json.loads((run_path / "run.json").read_text(encoding="utf-8"))
    model = {**info["model"], "revision": f"http:{url}/embeddings::"}
    tell(run_path, model=model)
    return run_path


def give(*arguments):
    """Exit code of a command that is given without a keyboard."""
    try:
        main([str(word) for word in arguments])
    except SystemExit as error:
        return error.code or 0
    return 0


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("text\n" + "\n".join(NEW_TEXTS) + "\n", encoding="utf-8")
    return path
