"""Where chunks are judged: cores of this machine, or a cluster, all by joblib's backends."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from importlib import import_module
from itertools import islice
from typing import Any, Final

import joblib

from api.scan.form import ScanError
from api.scan.judging import Judged, Judging, judge, judge_for
from api.scan.reading import Chunk

CONNECT_SECONDS: Final = 20
_WINDOW: Final = 8
"""Chunks for each core that are given out at once where answers come only all together."""


class Backend(StrEnum):
    """Who judges. loky: processes of this machine. dask, ray: a cluster."""

    LOKY = "loky"
    DASK = "dask"
    RAY = "ray"


@contextmanager
def backend(kind: Backend, jobs: int, address: str | None) -> Iterator[int]:
    """Makes a backend joblib's; gives the number of cores that it has.

    Without an address, dask and ray are started on this machine. Raises ScanError where a backend
    is not installed or does not answer.
    """
    with ExitStack() as stack:
        if kind is Backend.DASK:
            stack.enter_context(_dask(jobs, address))
        elif kind is Backend.RAY:
            stack.enter_context(_ray(jobs, address))
        elif address is not None:
            raise ScanError("--address is for a cluster: say --backend dask or --backend ray too")
        # A scan that is ended leaves tasks behind; that is meant.
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", message=".*tasks which were still being processed")
        wanted = jobs if kind is Backend.LOKY else -1
        stack.enter_context(joblib.parallel_config(backend=kind.value, n_jobs=wanted))
        yield joblib.effective_n_jobs()


def judged(
    chunks: Iterable[Chunk], judging: Judging, kind: Backend, jobs: int
) -> Generator[Judged, None, None]:
    """The chunks judged by the present backend, in their order."""
    if kind is Backend.LOKY:
        own = os.getpid()
        beside = (joblib.delayed(judge_for)(own, chunk, judging) for chunk in chunks)
        yield from joblib.Parallel(return_as="generator", batch_size=1)(beside)
        return
    tasks = (joblib.delayed(judge)(chunk, judging) for chunk in chunks)
    if kind is Backend.DASK:
        yield from joblib.Parallel(return_as="generator", batch_size=1)(tasks)
        return
    # Ray's backend answers only all at once: it is given as much as keeps its cores busy.
    while window := list(islice(tasks, max(1, jobs) * _WINDOW)):
        yield from joblib.Parallel(batch_size=1)(window)


@contextmanager
def _dask(jobs: int, address: str | None) -> Iterator[None]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise _missing("dask") from None
    with ExitStack() as stack:
        if address is None:
            cores = joblib.cpu_count() if jobs < 1 else jobs
            cluster = distributed.LocalCluster(
                n_workers=cores, threads_per_worker=1, dashboard_address=None
            )
            address = stack.enter_context(cluster).scheduler_address
        try:
            client = distributed.Client(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise ScanError(
                f"no dask scheduler answers at {address}: {error}; start one with `dask scheduler` "
                "and `dask worker`"
            ) from error
        stack.enter_context(client)
        yield


@contextmanager
def _ray(jobs: int, address: str | None) -> Iterator[None]:
    try:
        ray: Any = import_module("ray")
        ray_in_joblib: Any = import_module("ray.util.joblib")
    except ImportError:
        raise _missing("ray") from None
    try:
        if address is None:
            cores = None if jobs < 1 else jobs
            ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=address, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ScanError(
            f"no ray cluster answers at {address}: {error}; start `ray start`"
        ) from error
    try:
        ray_in_joblib.register_ray()
        yield
    finally:
        ray.shutdown()


def _missing(name: str) -> ScanError:
    return ScanError(f"{name} is not installed: pip install 'moderation[{name}]'")
