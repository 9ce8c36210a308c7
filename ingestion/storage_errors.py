"""What an error of the file system or of an S3 server means for whoever keeps the raw storage running."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from django.conf import settings
from django.core.files.storage import storages

from ingestion.errors import RawStorageAwayError, RawStorageError, RawStorageFullError, RawStorageMissingError, RawStorageRefusedError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_BAD_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "AuthorizationHeaderMalformed", "401", "403"}


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors of the storage into ours. FileNotFoundError passes: only the caller knows what it means."""
    try:
        yield
    except FileNotFoundError:
        raise
    except ClientError as error:
        raise _of_answer(error) from error
    except BotoCoreError as error:  # some of them are OSErrors too
        raise _of_connection(error) from error
    except OSError as error:
        raise _of_files(error) from error


def _of_files(error: OSError) -> RawStorageError:
    what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    if error.errno in _FULL:
        return RawStorageFullError(f"raw storage is full ({what}): free space or run `manage.py ingest retention`")
    if error.errno in _REFUSED:
        return RawStorageRefusedError(f"raw storage cannot be written ({what}): check its mount and permissions")
    return RawStorageAwayError(f"raw storage failed ({what}): check the disk")


def _of_answer(error: ClientError) -> RawStorageError:
    """What an S3 server answered. HEAD has no body: its code is the bare status."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BAD_KEYS or status in (401, 403):
        return RawStorageRefusedError(f"{_server()} refuses our keys ({code}): check S3_ACCESS_KEY, S3_SECRET_KEY and the bucket's policy")
    if code == "NoSuchBucket" or status == 404:
        return RawStorageMissingError(f"{_server()} has no bucket {_bucket()!r}: create it or set S3_BUCKET")
    if status == 507 or code in ("QuotaExceeded", "XMinioStorageFull"):
        return RawStorageFullError(f"{_server()} is full ({code}): free space or run `manage.py ingest retention`")
    return RawStorageAwayError(f"{_server()} answered {status} {code}: it may be overloaded, look at its logs")


def _of_connection(error: Exception) -> RawStorageError:
    if isinstance(error, NoCredentialsError):
        return RawStorageRefusedError("S3_ENDPOINT is set without S3_ACCESS_KEY and S3_SECRET_KEY: set them")
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return RawStorageAwayError(f"{_server()} does not answer in time: check its load and the network")
    return RawStorageAwayError(f"{_server()} cannot be reached ({error}): start it or check S3_ENDPOINT")


def _server() -> str:
    return f"the S3 server at {settings.S3_ENDPOINT}"


def _bucket() -> str:
    return str(getattr(storages["raw"], "bucket_name", ""))
