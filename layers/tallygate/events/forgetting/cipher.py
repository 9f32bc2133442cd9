"""AES-256-GCM and HKDF-SHA256, by `cryptography`, which is imported when it is first used: most need none of it."""

import os
from collections.abc import Sequence

from tallygate.errors import InvalidInput

NONCE_BYTES = 12
TAG_BYTES = 16


class WrongSeal(ValueError):
    """The bytes were changed, belong elsewhere, or were sealed under another key."""


def demand() -> None:
    """See that `cryptography` is there, before anything is to be sealed. Raises `InvalidInput`."""
    try:
        import cryptography  # noqa: F401, PLC0415 (lazily: it costs 60 ms and is needed by few)
    except ImportError as exc:
        raise InvalidInput(
            "personal data can't be sealed without the package cryptography: pip install tallygate[forgetting]"
        ) from exc


def encrypt(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Nonce and ciphertext, under a key of 32 bytes; `bound_to` must be the same to read it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (see demand)

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The inverse of `encrypt`. Raises `WrongSeal`."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (see demand)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise WrongSeal(f"{len(sealed)} bytes are too few")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag as exc:
        raise WrongSeal("the seal is broken") from exc


def joint_key(keys: Sequence[bytes], purpose: bytes) -> bytes:
    """A key of 32 bytes that can't be had without every one of `keys` (RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (see demand)
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(b"".join(keys))
