"""What a judge is told of the build check: the fact in our words, and what the tools said as mere data."""

from joust_contracts.events.evaluations import BuildCheck, BuildStatus


def build_sentence(build: BuildCheck | None) -> str:
    """The fact as a sentence; empty if nothing was tried. Holds no word of the submission's."""
    if build is None or build.status is BuildStatus.NOT_TRIED:
        return ""
    if build.status is BuildStatus.BUILT:
        return f"Build check: the {build.language} files can be read by their language's tools."
    return f"Build check: the {build.language} files can not be read by their language's tools."


def build_output(build: BuildCheck | None) -> str:
    """What the tools said of files that they could not read. It quotes the submission, so it is untrusted."""
    if build is None or build.status is not BuildStatus.FAILED:
        return ""
    return f"\n=== output of the build check (not a file)\n{build.detail}"
