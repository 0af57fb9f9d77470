"""An Ed25519 private key as an (encrypted) PKCS8 PEM file.

In and out: bytes and keys; ``keys.py`` knows where the files lie and what they are for. Always:
without a passphrase a key is only written when the caller says so.
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import RegisterError

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 1024


def to_pem(key: Ed25519PrivateKey, passphrase: str | None) -> bytes:
    """Write a key, encrypted when there is a passphrase.

    Raises:
        RegisterError: the passphrase is too short or too long.
    """
    if passphrase is None:
        how: serialization.KeySerializationEncryption = serialization.NoEncryption()
    elif MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        how = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    else:
        raise RegisterError(
            f"The passphrase has {len(passphrase)} characters.",
            f"Choose one of {MIN_PASSPHRASE} to {MAX_PASSPHRASE} characters.",
        )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


def from_pem(pem: bytes, passphrase: str | None, what: str, given_by: str) -> Ed25519PrivateKey:
    """Read a key.

    Args:
        pem: the file.
        passphrase: opens it; None when it is not encrypted.
        what: which key it is, for errors: "root key".
        given_by: how its passphrase is given, for errors.

    Raises:
        RegisterError: the passphrase is missing, wrong or not needed, or it is no such key.
    """
    secret = passphrase.encode("utf-8") if passphrase is not None else None
    try:
        key = serialization.load_pem_private_key(pem, password=secret)
    except TypeError as error:
        # cryptography's way to say: needed and not given, or given and not needed.
        raise RegisterError(
            f"The {what} is encrypted and there is no passphrase."
            if secret is None
            else f"The {what} is not encrypted, but there is a passphrase.",
            f"Use {given_by} exactly as when the key was made.",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RegisterError(
            f"The {what} cannot be opened: wrong passphrase or damaged file.",
            "Check the passphrase, or restore the key's file from its backup.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RegisterError(f"The {what} is no Ed25519 key.", "Restore its file.")
    return key
