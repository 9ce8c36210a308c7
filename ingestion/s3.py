"""Raw storage on an S3-compatible server, as an entry of Django's STORAGES. Imports no Django: settings are made from it."""

from __future__ import annotations

from typing import Any


def s3_storage(*, endpoint: str, access_key: str, secret_key: str, bucket: str, timeout_s: float) -> dict[str, Any]:
    """The client gives up soon (`timeout_s` for each part of an answer): a run that waits for storage is parked, not lost."""
    from botocore.config import Config  # only where S3 is used: loading it takes a tenth of a second

    config = Config(
        connect_timeout=min(timeout_s, 5.0),
        read_timeout=timeout_s,
        retries={"max_attempts": 3, "mode": "standard"},
        # Servers other than Amazon's refuse or ignore the newer checksums; ours is the object's name.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    options = {
        "endpoint_url": endpoint,
        "access_key": access_key,
        "secret_key": secret_key,
        "bucket_name": bucket,
        "default_acl": None,
        "file_overwrite": True,
        "querystring_auth": True,
        "client_config": config,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
