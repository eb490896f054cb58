"""Which tests one worker runs, when several share the suite (``make test``).

A stack takes half a minute of processor time to start and stop, so all tests of a stack go to one worker, one after
another. Everything else goes by file. What takes longest comes first, so that all workers end at the same time.
"""

from typing import Any

import pytest

_STACK = "the stack of all tests"
_YOUNG_STACK = "the young stack"
_GROUPS = {
    "tests/resilience/test_failpoints.py": "a stack of its own",
    "tests/resilience/test_saga_kills.py": "a stack whose keepers of money die",
    "tests/resilience/test_restore.py": "a stack that is restored",
    "tests/resilience/test_clocks.py": "a stack with wrong clocks",
    "tests/resilience/test_delivered_again.py": _YOUNG_STACK,
    "tests/resilience/test_black_holes.py": _YOUNG_STACK,
    "tests/resilience/test_dispatch.py": _YOUNG_STACK,
    "tests/resilience/test_herd.py": _YOUNG_STACK,
    "tests/resilience/test_judging.py": _YOUNG_STACK,
    "tests/resilience/test_large_uploads.py": _YOUNG_STACK,
    "tests/resilience/test_lost_log.py": _YOUNG_STACK,
    "tests/resilience/test_waiting_artifacts.py": _YOUNG_STACK,
    "tests/resilience/": _STACK,
    "tests/a2gig/": _STACK,
    "tests/authorisation/": _STACK,
    "tests/docs/": _STACK,
    "tests/e2e/": _STACK,
    "tests/performance/": _STACK,
    "tests/straw/": _STACK,
}
"""Groups by how the path begins; the first that fits counts."""
_WITHOUT_STACK = {
    "tests/authorisation/test_hiding.py",
    "tests/authorisation/test_internal_routes.py",
    "tests/e2e/test_archives.py",
    "tests/resilience/test_fault_proxy.py",
    "tests/straw/test_openapi.py",
}
"""What lies among the tests of a stack and needs none."""
_COUNTS = "tests/performance/"
_LONGEST = (
    _STACK,
    "a stack of its own",
    "tests/simulation/",
    _YOUNG_STACK,
    "tests/scale/",
    "services/evaluation/tests/sandbox/test_hostile.py",
    "services/wallet/tests/escrows/test_money_model.py",
    "services/wallet/tests/ledger/test_many_clients.py",
    "tests/embedded/",
    "libs/joust_kit/tests/test_consumer.py",
    "services/wallet/tests/escrows/test_following.py",
    "services/webhook/tests/deliveries/test_health.py",
    "services/webhook/tests/deliveries/test_judge_requests.py",
    "tests/events/",
    "services/evaluation/tests/containers/",
    "services/gateway/tests/access/",
    "services/submission/tests/drafts/test_uploads.py",
    "services/ranking/tests/ranks/",
)


def scheduler_of(config: pytest.Config, log: Any) -> Any:
    """Gives a worker one group after another; for the hook ``pytest_xdist_make_scheduler``."""
    from xdist.scheduler import LoadScopeScheduling  # absent where nobody shares

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = _group_of
    return scheduler


def longest_first(items: list[pytest.Item]) -> None:
    """Order the tests by group; all workers must come to the same order.

    What counts statements comes first on its stack, before other tests leave webhooks there that are tried again.
    """
    items.sort(key=lambda item: (_rank(_group_of(item.nodeid)), not item.nodeid.startswith(_COUNTS)))


def _group_of(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    if file in _WITHOUT_STACK:
        return file
    return next((group for start, group in _GROUPS.items() if file.startswith(start)), file)


def _rank(group: str) -> int:
    return next((rank for rank, start in enumerate(_LONGEST) if group.startswith(start)), len(_LONGEST))
