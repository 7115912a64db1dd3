"""Buckets: private, encrypted with our key, reached by TLS only, and their reads and writes on record."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Lock


class Storage(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        key: kms.IKey,
        removal: RemovalPolicy,
        panel_url: str,
        audit_lock: Lock | None,
    ) -> None:
        super().__init__(scope, id_)
        self._key = key
        self._removal = removal
        self._access_log = access_log(self, removal=removal)
        # What came in and could not be read: exact bytes of what people wrote.
        self.quarantine = self._bucket("Quarantine", expires_after=Duration.days(30))
        self.media = self._bucket("Media", expires_after=None)
        # Files that a shop had made of its customers: it has taken them by then, or has them made again.
        self.media.add_lifecycle_rule(prefix="exports/", expiration=Duration.days(7))
        # What people of a shop were to send; what they sent was kept as media.
        self.media.add_lifecycle_rule(prefix="uploads/", expiration=Duration.days(1))
        # What the audit trails came to: whoever owns the database cannot write it anew here.
        self.heads = self._bucket("Heads", expires_after=None, lock=audit_lock) if audit_lock else None
        if panel_url:
            # The panel puts files by links that the API signs.
            self.media.add_cors_rule(
                allowed_methods=[s3.HttpMethods.PUT],
                allowed_origins=[panel_url],
                allowed_headers=["content-type"],
                max_age=3600,
            )

    def _bucket(self, id_: str, *, expires_after: Duration | None, lock: Lock | None = None) -> s3.Bucket:
        return s3.Bucket(
            self,
            id_,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=self._access_log,
            server_access_logs_prefix=f"{id_.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1), expiration=expires_after)
            ],
            versioned=lock is not None,
            object_lock_enabled=True if lock else None,
            object_lock_default_retention=_retention(lock) if lock else None,
            removal_policy=self._removal,
        )


def _retention(lock: Lock) -> s3.ObjectLockRetention:
    duration = Duration.days(lock.days)
    if lock.mode == "compliance":
        return s3.ObjectLockRetention.compliance(duration)
    return s3.ObjectLockRetention.governance(duration)


def access_log(scope: Construct, *, removal: RemovalPolicy) -> s3.Bucket:
    return s3.Bucket(
        scope,
        "AccessLog",
        # S3 writes its logs only under its own key.
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
        removal_policy=removal,
    )
