"""Where the panel lies: a bucket that only our distribution reads."""

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.storage import access_log


class Panel(Construct):
    def __init__(self, scope: Construct, id_: str, *, removal: RemovalPolicy) -> None:
        super().__init__(scope, id_)
        bucket = s3.Bucket(
            self,
            "Files",
            # Everybody may have these files: a key of ours would only have to be opened to CloudFront.
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=cast(s3.IBucket, access_log(self, removal=removal)),
            removal_policy=removal,
        )
        self.bucket = cast(s3.IBucket, bucket)
