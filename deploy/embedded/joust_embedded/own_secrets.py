"""Secrets for the stack in containers: ``python -m joust_embedded.own_secrets .env.example .env``.

Copies the example and gives each secret a value that was drawn. A file that is there already is left alone.
"""

import secrets
import sys
from pathlib import Path

from joust_embedded.credentials import Credentials, create
from joust_embedded.layout import write_private
from joust_embedded.settings import SERVICES


def drawn() -> dict[str, str]:
    """Fresh values by variable."""
    made: Credentials = create()
    return {
        "JOUST_POSTGRES_PASSWORD": made.postgres_password,
        "JOUST_OWNER_PASSWORD": secrets.token_hex(24),
        **{f"JOUST_{name.upper()}_PASSWORD": made.service_passwords[name] for name in SERVICES},
        "JOUST_S3_ACCESS_KEY": made.s3_access_key,
        "JOUST_S3_SECRET_KEY": made.s3_secret_key,
        "JOUST_ACTOR_PRIVATE_KEY": made.actor_private_key,
        "JOUST_ACTOR_PUBLIC_KEY": made.actor_public_key,
        "JOUST_CRON_SECRET": secrets.token_hex(24),
        "JOUST_JUDGE_TOKEN_KEY": made.judge_token_key,
        "JOUST_RANKING_ANONYMITY_KEY": made.ranking_anonymity_key,
        "JOUST_WALLET_CHALLENGE_KEY": made.wallet_challenge_key,
        "JOUST_WEBHOOK_SECRETS_KEY": made.webhook_secrets_key,
    }


def with_secrets(example: str, values: dict[str, str]) -> str:
    """The text with ``values`` in the place of the example's. Raises KeyError if one has no line there."""
    lines, missing = example.splitlines(), set(values)
    for number, line in enumerate(lines):
        name = line.partition("=")[0]
        if name in values:
            lines[number] = f"{name}={values[name]}"
            missing.discard(name)
    if missing:
        raise KeyError(f"the example has no line for {', '.join(sorted(missing))}")
    return "\n".join([*lines, ""])


def main() -> int:
    """Entry point; returns 1 if the file is there already, and 2 without the names of both files."""
    if len(sys.argv) != 3:
        print("Give the example and the file to write: .env.example .env", file=sys.stderr)
        return 2
    example, target = map(Path, sys.argv[1:])
    if target.exists():
        print(
            f"{target} is there already, and data may depend on its secrets; remove it first.",
            file=sys.stderr,
        )
        return 1
    write_private(target, with_secrets(example.read_text(), drawn()))
    print(f"Wrote {target}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
