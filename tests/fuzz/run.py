"""Runs one target for so many seconds: `python -m tests.fuzz.run TARGET SECONDS FOLDER`.

With atheris it follows which code a message reaches; new ones are kept in FOLDER/TARGET, and a defect ends the run with
its message in FOLDER/TARGET.crash-…. Without atheris hypothesis draws messages, others each time. Exit status 0 for no
defect; whatever else is one.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

from tests.fuzz import corpus_files, mutations

#: A message that takes longer, in seconds, is a defect, and so is one that needs so much memory, in MiB.
_SECONDS = 20
_MEGABYTES = 4096


def by_atheris(name: str, seconds: int, folder: Path) -> None:
    """Ends the process."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    # Not all at once: what is not ours need not be followed.
    with atheris.instrument_imports(include=["akios_jail"], enable_loader_override=False):
        target = corpus_files.target(name)
    seeds = [path.read_bytes() for path in corpus_files.seeds(name)]
    for seed in seeds:
        target.fuzz(seed)  # what is made at first use is not to be counted as a slow message

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.4:
            return bytes(atheris.Mutate(data, most))
        return mutations.changed(data, mutations.some(random), target.tokens, seeds)[:most]

    grown = folder / name
    grown.mkdir(parents=True, exist_ok=True)
    options = [
        *(f"-max_total_time={seconds}", f"-timeout={_SECONDS}", f"-rss_limit_mb={_MEGABYTES}", "-close_fd_mask=0"),
        *(
            f"-max_len={mutations.LONGEST}",
            f"-artifact_prefix={folder / name}.",
            "-print_final_stats=1",
            "-verbosity=1",
        ),
    ]
    atheris.Setup([name, *options, str(grown), str(corpus_files.CORPUS / name)], target.fuzz, custom_mutator=mutator)
    atheris.Fuzz()


def by_hypothesis(name: str, seconds: int, folder: Path) -> None:
    """`AssertionError`, or whatever the target raises, for a defect; the message is in FOLDER/TARGET.crash-found."""
    from hypothesis import HealthCheck, given, settings

    from tests.fuzz import drawing

    target = corpus_files.target(name)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0

    @settings(max_examples=500, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(drawing.messages(target))
    def passes(data: bytes) -> None:
        nonlocal count
        count += 1
        try:
            target.fuzz(data)
        except BaseException:
            (folder / f"{name}.crash-found").write_bytes(data)  # the last is the smallest
            raise

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        passes()
    print(f"{name}: {count} messages, no defect", flush=True)


def main() -> None:
    name, seconds, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    try:
        import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: F401
    except ImportError:
        by_hypothesis(name, seconds, folder)
    else:
        by_atheris(name, seconds, folder)


if __name__ == "__main__":
    main()
