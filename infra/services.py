"""AWS services as those who may do something."""

from typing import cast

from aws_cdk import aws_iam as iam


def service(name: str) -> iam.IPrincipal:
    # Here and wherever infra casts: jsii's classes name some parameters otherwise than their own protocols do.
    return cast(iam.IPrincipal, iam.ServicePrincipal(name))
