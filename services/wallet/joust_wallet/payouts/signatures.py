"""Who signed a message (EIP-191). The library takes a second and 35 MB to load: it is loaded when needed."""

import asyncio

from joust_wallet.payouts.errors import SignatureInvalid


async def load() -> None:
    """Load the library, if it is not yet, before anything is locked."""
    await asyncio.to_thread(_recover_with_library, None, b"")


async def signer_of(message: str, signature: bytes) -> str:
    """The address that signed, with its checksum. Raises ``SignatureInvalid``."""
    return await asyncio.to_thread(_recover_with_library, message, signature)


def _recover_with_library(message: str | None, signature: bytes) -> str:
    from joust_wallet.payouts.ethereum import (  # noqa: PLC0415 - see above
        Account,
        BadSignature,
        encode_defunct,
    )

    if message is None:
        return ""
    try:
        return str(Account.recover_message(encode_defunct(text=message), signature=signature))
    except (BadSignature, ValueError) as error:
        raise SignatureInvalid() from error
