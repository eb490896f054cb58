"""Rules of a draft, without a service."""

import pytest

from joust_contracts.vocabulary import EvalMode
from joust_kit.errors import Invalid
from joust_task.tasks.rules import check_evaluation

PLAIN = "http://example.com/judge"


def test_a_callback_without_encryption_is_refused() -> None:
    with pytest.raises(Invalid):
        check_evaluation(EvalMode.EXTERNAL, None, PLAIN, insecure=False)


def test_a_callback_without_encryption_is_taken_where_the_deployment_allows_it() -> None:
    check_evaluation(EvalMode.EXTERNAL, None, PLAIN, insecure=True)
