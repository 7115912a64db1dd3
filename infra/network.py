"""The network: functions in private subnets, the database in isolated ones, and the way out that settings choose."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings import Egress

HTTPS = ec2.Port.tcp(443)
FUNCTIONS = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class PrivateNetwork(Construct):
    """A VPC whose functions reach the internet by the chosen egress, and S3 and DynamoDB without it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        egress: Egress,
        availability_zones: int,
        nat_gateways: int,
        log_retention: logs.RetentionDays,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id_)
        ipv6 = egress == "ipv6"
        nat_instance = (
            ec2.NatProvider.instance_v2(
                instance_type=ec2.InstanceType("t4g.nano"),
                machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
                associate_public_ip_address=True,
                default_allowed_traffic=ec2.NatTrafficDirection.OUTBOUND_ONLY,
            )
            if egress == "nat-instance"
            else None
        )
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=name,
            max_azs=availability_zones,
            ip_protocol=ec2.IpProtocol.DUAL_STACK if ipv6 else ec2.IpProtocol.IPV4_ONLY,
            nat_gateway_provider=nat_instance,
            nat_gateways=0 if ipv6 else nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=26, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20),
                ec2.SubnetConfiguration(name="database", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=26),
            ],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDB": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        refused = logs.LogGroup(
            self,
            "Refused",
            log_group_name=f"/{name}/refused-traffic",
            retention=log_retention,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.vpc.add_flow_log(
            "RefusedTraffic",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(refused),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.functions = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, description="Functions that use the database", allow_all_outbound=False
        )
        self.functions.add_egress_rule(ec2.Peer.any_ipv4(), HTTPS, "AWS, the channels and the models")
        self.database = ec2.SecurityGroup(
            self, "Database", vpc=self.vpc, description="The database", allow_all_outbound=False
        )
        if nat_instance:
            nat_instance.security_group.add_ingress_rule(self.functions, HTTPS, "What the functions send out")
        if ipv6:
            self.functions.add_egress_rule(ec2.Peer.any_ipv6(), HTTPS, "The channels and the models")
            self._reach_aws_inside()

    def _reach_aws_inside(self) -> None:
        # Without a NAT nothing answers on IPv4 outside, and these hosts have no IPv6 address.
        endpoints = ec2.SecurityGroup(
            self, "Endpoints", vpc=self.vpc, description="AWS from inside the network", allow_all_outbound=False
        )
        endpoints.add_ingress_rule(self.functions, HTTPS, "AWS calls of the functions")
        services = {
            "Queues": ec2.InterfaceVpcEndpointAwsService.SQS,
            "Secrets": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            "Keys": ec2.InterfaceVpcEndpointAwsService.KMS,
        }
        for name, service in services.items():
            self.vpc.add_interface_endpoint(
                name, service=service, subnets=FUNCTIONS, security_groups=[endpoints], open=False
            )
