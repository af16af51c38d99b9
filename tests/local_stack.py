"""A local stack of a test's own, through its scripts."""

import json
import pathlib
import random
import socket
import subprocess
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port_base():
    """Returns a port from which on five are free."""
    while True:
        base = random.randrange(20000, 30000, 10)
        if not any(listening(base + offset) for offset in range(6)):
            return base


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class LocalStack:
    """Not started by itself. `wipe` ends it and deletes what it stored."""

    def __init__(self, state_dir):
        self.state_dir = pathlib.Path(state_dir)
        self.port_base = free_port_base()

    def command(self, *flags):
        return [
            REPOSITORY / "deploy/local/up", "--state-dir", self.state_dir, "--port-base", str(self.port_base), *flags
        ]

    def up(self, *flags, **options):
        """Runs `up --detach` and returns its outcome, whatever it is."""
        return run(self.command("--detach", *flags), **options)

    def down(self, *flags):
        return run([REPOSITORY / "deploy/local/down", "--state-dir", self.state_dir, *flags])

    def wipe(self):
        if self.state_dir.exists():
            self.down("--wipe")

    def call(self, method, path, body=None):
        """Returns the JSON answer of the REST gateway."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port_base}{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
        with OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def pid(self, name):
        return int((self.state_dir / "run" / f"{name}.pid").read_text().split()[0])

    def listens(self):
        """Returns the offsets of the ports on which something listens."""
        return [offset for offset in range(6) if listening(self.port_base + offset)]


def run(command, **options):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=1200,
        check=False, **options)
