"""``docs/api/coverage.md``: which service answers each endpoint, and which tests exercise it."""

import re
from collections import defaultdict
from collections.abc import Sequence

from tests.straw.described import Described
from tests.straw.document import Endpoint, endpoints
from tests.straw.exceptions import LATER
from tests.straw.requests import ROOT, Made, deeds_of_helpers, requests_of

TABLE = ROOT / "docs" / "api" / "coverage.md"

_FILES = (
    "docs/api/*.md",
    "tests/straw/*.py",
    "tests/e2e/test_*.py",
    "services/gateway/tests/*/test_*.py",
)
_NO_REQUESTS = {
    "tests/straw/coverage.py",
    "tests/straw/exceptions.py",
    "docs/api/coverage.md",
    "docs/api/authorisation.md",
}
"""Files that name endpoints without asking for them."""

_SERVICES = {
    "accounts": "gateway",
    "agents": "gateway",
    "api keys": "gateway",
    "tasks": "task",
    "attachments": "task",
    "competitions": "task",
    "submissions": "submission",
    "workspace": "submission",
    "wallet": "wallet",
    "deals": "wallet",
    "judging": "evaluation",
    "dashboard": "ranking",
    "webhooks": "webhook",
    "drops": "task",
}
"""By tag of the operation."""
_OF_SUBMISSIONS = ("/api/submission-drafts", "/api/assets/")
"""How the paths begin of what is tagged with competitions and lies in the submission service."""
_ELSEWHERE = {
    "GET /api/v1/tasks/:id/leaderboard": "ranking",
    "GET /api/v1/tasks/:id/leaderboard/stream": "ranking",
    "POST /api/v1/tasks/:task_id/readiness": "evaluation",
    "GET /api/v1/tasks/:task_id/readiness": "evaluation",
    "POST /api/jobs/:job_id/submit": "submission",
    "GET /api/jobs/:job_id/submissions": "submission",
    "GET /api/feed": "ranking",
    "POST /api/competitions/:competition_id/submission-drafts": "submission",
    "GET /api/competitions/:competition_id/submissions": "submission",
    "GET /api/competitions/:competition_id/leaderboard": "submission",
    "GET /api/competitions/:competition_id/leaderboard/stream": "submission",
}

_PREFACE = """# Where each endpoint is answered and tried

The gateway takes every request; the service is the one that owns what is asked for. Beside the files of a row,
each endpoint is asked by every kind of caller ([authorisation](authorisation.md), `tests/authorisation`), with
made-up requests (`make fuzz`, `tests/fuzz`), and is held against the document field by field
(`tests/straw/test_openapi.py`). Guides are executed. `make coverage` writes this page, and a test fails while it
is not up to date.

## Those of the Straw document

"""
_OWN = "\n## Those beside it\n\n"
_HEAD = "| endpoint | service | guides | tests |\n| --- | --- | --- | --- |\n"


def page(described: Described) -> str:
    """The whole page. Raises ``ValueError`` for an endpoint that no test asks for."""
    documented, own = endpoints(), own_endpoints(described)
    found = _files_by_endpoint([*documented, *own])

    def table(listed: Sequence[Endpoint]) -> str:
        return _HEAD + "".join(_row(described, each, found[str(each)]) for each in listed)

    return _PREFACE + table(documented) + _OWN + table(own)


def own_endpoints(described: Described) -> list[Endpoint]:
    """What we have beside the document, in the order of our own."""
    documented = {(each.method, each.shape) for each in endpoints()}
    ours = [
        Endpoint(method, re.sub(r"\{(\w+)\}", r":\1", path), needs_key=True)
        for method, path in described.addresses()
    ]
    return [each for each in ours if (each.method, each.shape) not in documented]


def _row(described: Described, endpoint: Endpoint, files: set[str]) -> str:
    if str(endpoint) in LATER:
        return f"| {endpoint} | to come: {LATER[str(endpoint)]} | | |\n"
    operation = described.operation(endpoint.method, endpoint.shape)
    if operation is None or not files:
        raise ValueError(f"{endpoint} is not asked for by any test")
    service = _ELSEWHERE.get(str(endpoint)) or _SERVICES[operation.tag]
    if endpoint.shape.startswith(_OF_SUBMISSIONS):
        service = "submission"
    guides = ", ".join(f"[{_stem(file)}]({_stem(file)}.md)" for file in sorted(files) if file.endswith(".md"))
    tests = ", ".join(f"`{file}`" for file in sorted(files) if file.endswith(".py"))
    return f"| {endpoint} | {service} | {guides} | {tests} |\n"


def _stem(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".md")


def _files_by_endpoint(listed: Sequence[Endpoint]) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    deeds = deeds_of_helpers()
    for pattern in _FILES:
        for file in ROOT.glob(pattern):
            name = file.relative_to(ROOT).as_posix()
            if name not in _NO_REQUESTS:
                for made in requests_of(file, deeds):
                    if (endpoint := _endpoint_of(made, listed)) is not None:
                        found[endpoint].add(name)
    return found


def _endpoint_of(made: Made, listed: Sequence[Endpoint]) -> str | None:
    """The one endpoint that a request is for; one without placeholders goes before one with them."""
    fitting = [each for each in listed if each.method == made.method and _fits(each.shape, made.path)]
    fitting.sort(key=lambda each: each.shape.count("{}"))
    if not fitting or (len(fitting) > 1 and made.path.startswith("{}")):
        return None
    return str(fitting[0])


def _fits(shape: str, path: str) -> bool:
    if path.startswith("{}/"):
        return shape.endswith(path.removeprefix("{}"))
    # A key and a path go on after a slash.
    last = ".+" if re.search(r"/workspace/(kv|files)/\{\}$", shape) else "[^/]+"
    pattern = re.escape(shape).replace(r"\{\}", "[^/]+")
    return (
        re.fullmatch(pattern.removesuffix("[^/]+") + last if shape.endswith("{}") else pattern, path)
        is not None
    )
