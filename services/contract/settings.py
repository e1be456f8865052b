"""Settings of the contract service."""

from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from services.contract.rules import local_authority
from services.contract.rules.seals import SealKey
from shared.clock import now
from shared.settings import SettingRefused, Settings, write_private

LOCAL: Final = ("seal.p12", "root.pem", "authority.pem")
"""Files of the local authority, in the folder `seal` of the data folder."""


def seal_key_of(settings: Settings, *, is_sqlite: bool) -> SealKey | None:
    """Return the key of the seal; None if there is none yet. Raises SettingRefused."""
    if settings.seal_key:
        passphrase = settings.seal_passphrase.get_secret_value()
        content = _read("SEAL_KEY", settings.seal_key)
        roots = _roots_in(content, passphrase)
        if settings.seal_roots:
            roots = _read("SEAL_ROOTS", settings.seal_roots)
        return SealKey(pkcs12=content, passphrase=passphrase, roots=roots, is_local=False)
    if not is_sqlite and not settings.dangerous_local_seal:
        return None
    files = _local_files(settings)
    return SealKey(
        pkcs12=files["seal.p12"],
        passphrase="",
        roots=local_authority.root_of(files),
        is_local=True,
        revocation_lists=local_authority.revocation_lists(files, now()),
    )


def trusted_roots(settings: Settings, *, is_sqlite: bool) -> bytes:
    """Return the root certificates by which signatures are trusted, in PEM; empty if there are none."""
    if settings.seal_roots:
        return _read("SEAL_ROOTS", settings.seal_roots)
    key = seal_key_of(settings, is_sqlite=is_sqlite)
    return key.roots if key else b""


def _local_files(settings: Settings) -> dict[str, bytes]:
    """Return the files of the local authority, made at its first use."""
    folder = settings.make_data_dir() / "seal"
    if not folder.exists():
        # Whole or not at all: another process may make it at this moment, and the first one stays.
        draft = Path(mkdtemp(dir=settings.data_dir))
        for name, content in local_authority.key_files(now().replace(microsecond=0)).items():
            write_private(draft / name, content)
        with suppress(OSError):
            draft.rename(folder)
    return {name: (folder / name).read_bytes() for name in LOCAL}


def _roots_in(content: bytes, passphrase: str) -> bytes:
    """Return the root certificates of a key file, in PEM. Refuse a file that cannot be used."""
    try:
        found = pkcs12.load_pkcs12(content, passphrase.encode() or None)
    except ValueError as error:
        raise SettingRefused(
            "TERRITORIES_SEAL_KEY: this is no PKCS#12 file, or TERRITORIES_SEAL_PASSPHRASE does not open it."
        ) from error
    if found.key is None or found.cert is None:
        raise SettingRefused("TERRITORIES_SEAL_KEY: this file holds no key with its certificate.")
    chain = [each.certificate for each in found.additional_certs]
    return b"".join(each.public_bytes(Encoding.PEM) for each in chain if each.issuer == each.subject)


def _read(variable: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SettingRefused(f"TERRITORIES_{variable}: {path} cannot be read ({error.strerror}).") from error
