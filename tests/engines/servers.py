"""How a project meets the real server of its engine: an environment, processes that end, a webhook."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TypeVar

import pytest

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from proof.tools import project_environment

Found = TypeVar("Found")

CERTIFICATE = """
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "webhook")])
address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
day = datetime.timedelta(days=1)
certificate = (
    x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    .add_extension(address, critical=False)
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .sign(key, hashes.SHA256())
)
plain = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
open(sys.argv[1], "wb").write(plain + certificate.public_bytes(serialization.Encoding.PEM))
"""


@dataclass(frozen=True)
class Project:
    """A generated project, and the environment variables with which its commands are found."""

    folder: Path
    variables: dict[str, str]

    def call(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project."""
        env = self.variables | variables
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=300)

    def done(self, *command: str, **variables: str) -> str:
        """Run a command in the project that has to succeed; returns the last line it printed."""
        ended = self.call(*command, **variables)
        assert ended.returncode == 0, (ended.stdout + ended.stderr)[-8000:]
        return ended.stdout.strip().splitlines()[-1] if ended.stdout.strip() else ""

    @contextmanager
    def process(self, *command: str) -> Iterator[Callable[[], str]]:
        """A process of the project, as long as the block runs; it and its children are stopped. Gives its log."""
        log = self.folder.parent / f"{'-'.join(command[:2]).replace('/', '-')}-{free_port()}.log"
        program = shutil.which(command[0], path=self.variables["PATH"])
        assert program, command[0]
        with log.open("w") as file:
            process = subprocess.Popen(
                [program, *command[1:]],
                cwd=self.folder,
                env=self.variables,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield log.read_text
        finally:
            # A group whose first process has ended may have others.
            for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 15)):
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    break
                deadline = time.monotonic() + patience
                while group_lives(process) and time.monotonic() < deadline:
                    time.sleep(0.1)
            process.wait(timeout=15)

    def outcome(self, run: str) -> dict[str, object]:
        """What a run came to: hash of the model, and its metrics."""
        folder = self.folder / run
        manifest = json.loads((folder / "train" / "manifest.json").read_text())
        metrics = json.loads((folder / "evaluate" / "metrics.json").read_text())
        assert (folder / "deploy" / "manifest.json").is_file()
        return {"model": manifest["outputs"]["model.joblib"], "metrics": metrics}


def group_lives(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process of the group is left."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def created(folder: Path, **answers: Value) -> Project:
    """A project with some answers and the recommended others, in an environment with compiled bytecode."""
    folder = folder / "my-project"
    render.create(check(Questionnaire(source.root(), folder), {"project_name": "my-project", **answers}), folder)
    texts = [(folder / name).read_text() for name in ("pyproject.toml", "uv.lock")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_COMPILE_BYTECODE", "1")
        programs = project_environment(f"engines-{answers['orchestrator']}", *texts)
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    return Project(
        folder,
        kept
        | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(folder / "src"),
            "HOME": str(folder.parent),
            "DO_NOT_TRACK": "1",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait(what: str, poll: Callable[[], Found | None], seconds: float, log: Callable[[], str]) -> Found:
    """Poll until something is found, and return it.

    Raises:
        AssertionError: nothing, in so many seconds; the message ends with the log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = poll()
        except OSError:
            found = None
        if found is not None:
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what}: not after {seconds} seconds\n{log()[-8000:]}")


@dataclass
class Webhook:
    """Where failures are reported, and what was."""

    url: str
    certificate: Path
    texts: list[str] = field(default_factory=list)


@contextmanager
def webhook(project: Project) -> Iterator[Webhook]:
    """A webhook that speaks https, as the project demands."""
    certificate = project.folder.parent / "webhook.pem"
    project.done("python", "-c", CERTIFICATE, str(certificate))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    hook = Webhook(f"https://127.0.0.1:{server.server_port}/hook", certificate)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
