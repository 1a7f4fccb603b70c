"""The night on a cluster: Dask distributed gives each branch to a worker, and to another one where a worker dies.

The workers take the database from their own settings (``COACH_DB``): no password travels. The policy travels with the work, so
that all branches are planned by the same one. A local cluster speaks TLS with keys made for the night: its ports on the
loopback would otherwise take orders from anybody on this machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from logging import CRITICAL
from typing import TYPE_CHECKING, Any

from coach import __version__
from coach.domain.policy import Policy
from coach.domain.words import Lang, pick
from coach.services.errors import refuse
from coach.services.nightly_branch import TRIES, Order, attempt, failure, reason
from coach.services.nightly_runs import FAILED, Outcome
from coach.services.workspace import Workspace

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

CONNECT_SECONDS = 15
WORKER_SECONDS = 60
"""How long the first worker may take to come."""
POLL_SECONDS = 0.05
STARTS = 3
"""How often a local cluster is begun before it is given up."""


def installed() -> bool:
    """Whether the extra ``cluster`` is there."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        return False
    return True


@contextmanager
def local(workers: int, lang: Lang) -> Iterator[Client]:
    """A cluster of processes on this machine, for as long as it is needed; a worker that dies is replaced.

    Raises :class:`~coach.services.errors.Refused` where the processes do not start.
    """
    import dask
    from distributed import Client

    quiet = {f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker", "nanny")}
    with dask.config.set(quiet), _started(workers, lang) as cluster, Client(cluster) as client:
        yield client


def _started(workers: int, lang: Lang) -> LocalCluster:
    """The cluster; begun again where one of its processes dies while it starts."""
    from distributed import LocalCluster, Security

    try:
        security = Security.temporary()
    except ImportError:
        raise refuse(
            lang, "本机集群需要 cryptography：请运行 pip install 'coach-branch[cluster]'",
            "a local cluster needs cryptography: pip install 'coach-branch[cluster]'",
        ) from None  # fmt: skip
    for left in reversed(range(STARTS)):
        try:
            return LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                security=security, env={"POLARS_MAX_THREADS": "1"}, silence_logs=CRITICAL,
            )  # fmt: skip
        except (RuntimeError, OSError) as error:
            if not left:
                told = reason(error)
                raise refuse(
                    lang, f"本机的工作进程起不来（{told}）；请减少 --workers，或不带它",
                    f"the workers on this machine do not start ({told}); use fewer --workers, or none",
                ) from None  # fmt: skip
    raise AssertionError("STARTS is at least one")


@contextmanager
def remote(address: str, lang: Lang) -> Iterator[Client]:
    """A cluster that is there already. Raises :class:`~coach.services.errors.Refused` where it is not, or nobody works in it."""
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        told = reason(error)
        raise refuse(
            lang, f"连不上调度器 {address}（{told}）；请检查地址，或先运行 dask scheduler",
            f"the scheduler {address} cannot be reached ({told}); check the address, or start it with dask scheduler",
        ) from None  # fmt: skip
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError:
            raise refuse(
                lang, f"调度器 {address} 还没有工作进程；请在各台机器上运行 dask worker {address}",
                f"the scheduler {address} has no workers; start them with dask worker {address}",
            ) from None  # fmt: skip
        yield client


def run(client: Client, orders: Sequence[Order], policy: Policy, lang: Lang) -> Iterator[Outcome]:
    """Every try of every branch as it ends, in no order. What failed goes to the end of the queue, twice."""
    from distributed import as_completed

    tries: dict[str, tuple[Order, int]] = {}

    def submit(order: Order, number: int) -> Any:
        key = f"nightly-{order.plan_on.isoformat()}-{order.branch or '-'}-{time.monotonic_ns()}"
        tries[key] = order, number
        return client.submit(work, order, number, policy, lang, __version__, key=key, pure=False, priority=-number)

    waiting = as_completed([submit(order, 1) for order in orders], raise_errors=False)
    while not waiting.is_empty():
        if not waiting.has_ready():
            time.sleep(POLL_SECONDS)
            continue
        future = next(waiting)
        order, number = tries.pop(future.key)
        outcome = future.result() if future.status == "finished" else failure(order, number, _lost(future, lang))
        if outcome.state == FAILED and number < TRIES:
            waiting.add(submit(order, number + 1))
        yield outcome


def _lost(future: Any, lang: Lang) -> str:
    """Why a branch brought no answer: its workers died again and again, or it was cancelled."""
    error = future.exception() if future.status == "error" else None
    if type(error).__name__ == "KilledWorker":
        return pick(lang, "处理它的工作进程几次被终止（内存不够？）", "the workers that took it died again and again (out of memory?)")
    return reason(error) if error is not None else pick(lang, "被取消", "cancelled")


def work(order: Order, number: int, policy: Policy, lang: Lang, version: str) -> Outcome:
    """In a worker: one try of a branch. Never raises for what is the branch's own trouble."""
    if version != __version__:
        told = pick(lang, f"工作进程的 Coach 是 {__version__}，发起者是 {version}；请装成同一版",
                    f"the worker has Coach {__version__}, who began has {version}: install the same")  # fmt: skip
        return failure(order, number, told)
    return attempt(_workspace(policy, lang), order, number)


@lru_cache(maxsize=1)
def _open(lang: Lang) -> Workspace:
    return Workspace(lang=lang)


def _workspace(policy: Policy, lang: Lang) -> Workspace:
    """The worker's own workspace, kept from branch to branch, with the policy of who began."""
    ws = _open(lang)
    ws.policy = policy
    return ws
