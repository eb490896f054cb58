"""Fills the Kafka cache: ``python -m joust_embedded.downloads SETTINGS_JSON``.

A process of its own, because a download that blocks in a thread could not be stopped by Ctrl-C. It prints
its progress line by line; its last line is the reason when it exits with 1.
"""

import asyncio
import fcntl
import hashlib
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jgo.maven import MavenContext

from joust_embedded.aot import train
from joust_embedded.errors import StackError
from joust_embedded.kafka_cache import KafkaCache, LockedJar
from joust_embedded.settings import EmbeddedSettings

Report = Callable[[str], None]
# Each is a small file from one registry; more at once gains nothing.
PARALLEL_DOWNLOADS = 6


def fill_cache(settings: EmbeddedSettings, report: Report) -> None:
    """Download and check what is missing, then train the AOT cache; safe beside other stacks doing the same.

    Raises StackError when a jar can't be had or isn't the one that was locked.
    """
    cache = KafkaCache(settings.cache_dir)
    try:
        cache.root.mkdir(parents=True, exist_ok=True)
        lock = (cache.root / "lock").open("w")
    except OSError as error:
        raise StackError(
            f"The download cache {settings.cache_dir} can't be written ({error.strerror}). "
            "Give another one with JOUST_EMBEDDED_CACHE_DIR."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _download_missing(cache, settings, report)
        if not cache.is_complete():
            report("training Kafka's start (once)")
            asyncio.run(train(cache))


def _download_missing(cache: KafkaCache, settings: EmbeddedSettings, report: Report) -> None:
    missing = cache.missing()
    if not missing:
        return
    staging = cache.root / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    cache.jars_dir.mkdir(exist_ok=True)
    context = _maven(settings, staging)
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        pending = {pool.submit(_download, context, jar): jar for jar in missing}
        try:
            for count, done in enumerate(as_completed(pending), start=1):
                done.result().rename(cache.jars_dir / pending[done].file_name)
                report(f"downloaded {count} of {len(missing)} jars")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    shutil.rmtree(staging, ignore_errors=True)


def _maven(settings: EmbeddedSettings, folder: Path) -> MavenContext:
    return MavenContext(
        repo_cache=folder,
        remote_repos={"mirror": settings.maven_url.rstrip("/")} if settings.maven_url else None,
        timeout=settings.download_timeout_seconds,
        offline=settings.offline,
    )


def _download(context: MavenContext, jar: LockedJar) -> Path:
    try:
        path = Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except Exception as error:  # the resolver raises whatever its HTTP library does
        raise StackError(
            f"Kafka's package {jar.coordinate} could not be downloaded ({type(error).__name__}). The first "
            "start needs the package registry once: run `joust up` again with network, or set "
            "JOUST_EMBEDDED_MAVEN_URL to a mirror."
        ) from error
    if digest != jar.sha256:
        raise StackError(
            f"The download of {jar.coordinate} is not the file that was locked (its SHA-256 is {digest}). "
            "Run `joust up` again; if it stays so, the registry or mirror serves another file."
        )
    return path


def main() -> None:
    """Entry point of the process."""
    settings = EmbeddedSettings.model_validate_json(sys.argv[1])
    try:
        fill_cache(settings, lambda text: print(text, flush=True))
    except StackError as error:
        print(error, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
