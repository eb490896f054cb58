"""Rules of evaluation containers, and the published contract. No engine."""

import json
from pathlib import Path

import pytest

from joust_evaluation.containers.contract import ContainerScore
from joust_evaluation.containers.keeper import image_for
from joust_evaluation.containers.rules import (
    BadScore,
    Confinement,
    Ended,
    RunName,
    check_file,
    is_allowed,
    judge_config,
    not_started,
    pinned,
    problem_of,
    read_score,
    registry_of,
    user_id_in,
)
from joust_kit.ids import RandomIds

ROOT = Path(__file__).parents[4]
SCHEMA = ROOT / "docs" / "api" / "score.schema.json"
DIGEST = f"sha256:{'0a' * 32}"
BAD = {
    "empty": ("", "the file"),
    "malformed": ("{'score': 5}", "the file"),
    "no object": ("[100]", "the file"),
    "not UTF-8": (b'{"score": 1, "message": "\xff"}', "the file"),
    "half a character": ('{"score": 1, "message": "\\ud800"}', "the file"),
    "no score": ('{"breakdown": {}}', "score: Field required"),
    "a score in quotes": ('{"score": "100"}', "score: Input should be a valid number"),
    "a truth": ('{"score": true}', "score: Input should be a valid number"),
    "null": ('{"score": null}', "score: Input should be a valid number"),
    "too high": ('{"score": 100.0001}', "less than or equal to 100"),
    "negative": ('{"score": -0.01}', "greater than or equal to 0"),
    "NaN": ('{"score": NaN}', "score: Input should be a finite number"),
    "endless": ('{"score": 1e400}', "score"),
    "another field": ('{"score": 1, "rank": 1}', "rank: Extra inputs"),
    "a long message": (json.dumps({"score": 1, "message": "x" * 5001}), "message: String should have"),
    "NUL in the message": ('{"score": 1, "message": "\\u0000"}', "message: String should match"),
    "NUL in the breakdown": ('{"score": 1, "breakdown": {"a": ["\\u0000"]}}', "no NUL"),
    "NUL in a name": ('{"score": 1, "breakdown": {"\\u0000": 1}}', "no NUL"),
    "NUL in another field's name": ('{"score": 1, "\\u0000": 1}', "?: Extra inputs"),
    "a long name of another field": (json.dumps({"score": 1, "x" * 900: 1}), "Extra inputs"),
    "a score twice": ('{"score": 1, "message": "", "score": 100}', "score: stands twice"),
    "a name twice in the breakdown": (
        '{"score": 1, "breakdown": {"a": {"b": 1, "b": 2}}}',
        "b: stands twice",
    ),
    "NaN in the breakdown": ('{"score": 1, "breakdown": {"a": NaN}}', "finite numbers"),
    "a deep breakdown": ('{"score": 1, "breakdown": ' + '{"a":' * 9 + "1" + "}" * 10, "8 levels deep"),
    "deeper than the stack": ('{"score": 1, "breakdown": ' + "[" * 300_000, "the file"),
    "a large breakdown": (json.dumps({"score": 1, "breakdown": {"a": "x" * 50_001}}), "50000 bytes"),
    "a breakdown that is no object": ('{"score": 1, "breakdown": [1]}', "breakdown"),
    "a number of 900,000 digits": ('{"score": 1, "breakdown": {"a": ' + "9" * 900_000 + "}}", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_score_that_is_not_as_its_schema_has_it_is_refused_and_named(case: str) -> None:
    content, reason = BAD[case]
    with pytest.raises(BadScore) as refused:
        read_score(content if isinstance(content, bytes) else content.encode())
    assert "/output/score.json is not as its schema has it" in str(refused.value)
    assert reason in str(refused.value)
    assert "\0" not in str(refused.value)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    ("content", "score"),
    [
        ('{"score": 0}', 0),
        ('{"score": 100, "breakdown": null, "message": ""}', 100),
        ('{"score": 55.5, "breakdown": {"a": [{"b": [1, "ü", null, true]}]}}', 55.5),
    ],
)
def test_a_score_as_its_schema_has_it_is_taken(content: str, score: float) -> None:
    assert read_score(content.encode()).score == score


@pytest.mark.parametrize(
    ("is_regular", "size", "reason"), [(False, 1, "plain file"), (True, 1_000_001, "1000001")]
)
def test_a_file_that_is_none_or_too_large_is_refused(is_regular: bool, size: int, reason: str) -> None:
    with pytest.raises(BadScore, match=reason):
        check_file(is_regular=is_regular, size_bytes=size)


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (Ended(0, was_out_of_memory=False), None),
        (Ended(137, was_out_of_memory=True), "more than its 512 MB"),
        (Ended(0, was_out_of_memory=True), "more than its 512 MB"),
        (Ended(137, was_out_of_memory=False), "exit code 137"),
        (Ended(1, was_out_of_memory=False), "exit code 1"),
    ],
)
def test_each_end_is_named(ended: Ended, reason: str | None) -> None:
    problem = problem_of(ended, 512)
    assert problem is None if reason is None else reason in (problem or "")


@pytest.mark.parametrize(
    ("image", "registry", "by_content"),
    [
        ("judge", "docker.io", "judge"),
        ("acme/judge:1.2", "docker.io", "acme/judge"),
        ("ghcr.io/acme/judge:1", "ghcr.io", "ghcr.io/acme/judge"),
        ("localhost/judge", "localhost", "localhost/judge"),
        ("10.0.0.1:5000/a/b:1", "10.0.0.1:5000", "10.0.0.1:5000/a/b"),
        (f"ghcr.io/acme/judge:1@{DIGEST}", "ghcr.io", "ghcr.io/acme/judge"),
        ("metadata/judge", "docker.io", "metadata/judge"),
        ("Metadata/judge", "Metadata", "Metadata/judge"),
    ],
)
def test_a_name_tells_its_registry_and_is_pinned_without_its_tag(
    image: str, registry: str, by_content: str
) -> None:
    assert registry_of(image) == registry
    assert is_allowed(image, {"docker.io"}) is (registry == "docker.io")
    assert pinned(image, DIGEST) == f"{by_content}@{DIGEST}"


def test_a_container_has_no_network_no_rights_and_no_more_than_its_limits() -> None:
    limits = Confinement(cpus=1.5, pids=64, scratch_mb=16, log_bytes=1000, runtime="runsc", network="egress")
    run = RunName(RandomIds().new(), "abcd")
    config = judge_config(run, DIGEST, 512, limits, with_network=False)
    host = config["HostConfig"]
    assert (host["NetworkMode"], host["Runtime"], host["PidsLimit"]) == ("none", "runsc", 64)
    assert host["Memory"] == host["MemorySwap"] == 512 * 1024 * 1024
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges" in host["SecurityOpt"]
    assert "Binds" not in host
    assert config["Healthcheck"] == {"Test": ["NONE"]}
    assert [mount["Type"] for mount in host["Mounts"]] == ["volume", "volume"]
    with_network = judge_config(run, DIGEST, 512, limits, with_network=True)
    assert with_network["HostConfig"]["NetworkMode"] == "egress"


@pytest.mark.parametrize(
    ("name", "id"),
    [("app", 1000), ("root", 0), ("nobody", 65534), ("who", 0), ("odd", 0), ("huge", 2**31 - 1)],
)
def test_a_users_name_becomes_its_id(name: str, id: int) -> None:
    users = b"root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:\nnobody:x:65534:1::/:\nodd:x:-1:\n\xff\nhuge:x:99999999999:"
    assert user_id_in(users, name) == id


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            'exec: "/app/judge": no such file or directory\nmore',
            'exec: "/app/judge": no such file or directory',
        ),
        (
            f"error while mounting volume '/var/lib/docker/volumes/joust-run-{'a' * 32}-in/_data': full",
            "error while mounting volume '(a path of the engine)': full",
        ),
        (f"open /run/containerd/io/{'b' * 64}/log.json: denied", "open (a path of the engine): denied"),
        ("  ", "no reason was given"),
    ],
)
def test_an_engine_says_why_a_container_did_not_start_but_not_where_it_keeps_things(
    words: str, told: str
) -> None:
    assert not_started(words) == f"The task's evaluation container could not be started: {told}"


def test_an_engine_of_another_machine_is_refused_by_name() -> None:
    assert image_for("amd64") != image_for("arm64")
    with pytest.raises(ValueError, match="riscv64"):
        image_for("riscv64")


def test_the_published_schema_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text()) == ContainerScore.model_json_schema()
