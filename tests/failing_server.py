"""A real service on loopback that does what a test says, and otherwise answers well."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FailingServer(ThreadingHTTPServer):
    """Acts as the list `behave` says, one entry a request, then well.

    Parameters
    ----------
    well : called with the handler and the JSON of the request, to answer it; so is every entry of
        `behave`, but for None, which means well
    """

    daemon_threads = True

    def __init__(self, well):
        super().__init__(("127.0.0.1", 0), Handler)
        self.well = well
        self.behave, self.seen, self.times = [], [], []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address):
        pass  # clients hang up in these tests


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            server.seen.append((self.path, dict(self.headers), body))
            server.times.append(time.monotonic())
            self.answering = True
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            act = server.behave.pop(0) if server.behave else None
        try:
            (act or server.well)(self, body)
        finally:
            self.over()

    def over(self):
        """Count the request as over: before its answer goes out, as the next may then come."""
        with self.server.lock:
            self.server.at_once -= self.answering
            self.answering = False

    def answer(self, code, value, **headers):
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.over()
        self.send_response(code)
        for name, told in headers.items():
            self.send_header(name.replace("_", "-"), told)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def status(code, **headers):
    """An act: refuse with a status."""
    return lambda handler, body: handler.answer(code, {"error": f"code {code}"}, **headers)


@contextmanager
def serving(well):
    """The server while it runs."""
    with FailingServer(well) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()
