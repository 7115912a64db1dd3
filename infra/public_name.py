"""The name under which people find us: its certificate, and where a zone is given, the records that lead here."""

from typing import cast

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct


class PublicName(Construct):
    def __init__(self, scope: Construct, id_: str, *, domain: str, hosted_zone_id: str) -> None:
        super().__init__(scope, id_)
        self.domain = domain
        self._zone = route53.HostedZone.from_hosted_zone_id(self, "Zone", hosted_zone_id) if hosted_zone_id else None
        certificate = acm.Certificate(
            self, "Certificate", domain_name=domain, validation=acm.CertificateValidation.from_dns(self._zone)
        )
        self.certificate = cast(acm.ICertificate, certificate)

    def lead_to(self, distribution: cloudfront.IDistribution) -> None:
        if self._zone is None:
            return
        target = route53.RecordTarget.from_alias(
            cast(route53.IAliasRecordTarget, targets.CloudFrontTarget(distribution))
        )
        # With the dot it is a whole name, whatever the zone is called.
        name = f"{self.domain}."
        route53.ARecord(self, "IPv4", zone=self._zone, record_name=name, target=target)
        route53.AaaaRecord(self, "IPv6", zone=self._zone, record_name=name, target=target)
