"""What pipelines depend on around SageMaker: keys, networks, schedules, scaling, quotas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from linter.account.buckets import texts
from linter.account.client import Account
from linter.account.snapshot import QUOTAS, Area, Object, plain

_KEY = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)/[A-Za-z0-9/_-]+")
_SUBNET = re.compile(r"\bsubnet-[0-9a-f]{8,17}\b")
_GROUP = re.compile(r"\bsg-[0-9a-f]{8,17}\b")
_INSTANCE = re.compile(r"\bml\.[a-z0-9-]+\.[a-z0-9]+\b")
_QUOTA = re.compile(r"\b(ml\.[a-z0-9-]+\.[a-z0-9]+) for ([a-z ]+) usage\b")
_FLOWS = ("IpProtocol", "FromPort", "ToPort")
METRIC_DAYS = 28


def pull_keys(account: Account, area: Area, values: Iterable[Any]) -> int:
    """The key policies of the KMS keys that some values name in this region."""
    found: set[str] = set()
    for text in texts(values):
        found.update(m[0] for m in _KEY.finditer(text) if m[1] == account.region)
    count = 0
    for arn in sorted(found):
        described = plain(account.asked("kms", "describe_key", arn, KeyId=arn)).get("KeyMetadata")
        if not described or described.get("KeyManager") == "AWS":
            continue
        key_id = described["KeyId"]
        properties: dict[str, Any] = {"Enabled": described.get("Enabled", True)}
        answer = account.asked("kms", "get_key_policy", key_id, KeyId=key_id, PolicyName="default")
        if answer.get("Policy"):
            properties["KeyPolicy"] = json.loads(answer["Policy"])
        rotation = account.asked("kms", "get_key_rotation_status", key_id, KeyId=key_id)
        if "KeyRotationEnabled" in rotation:
            properties["EnableKeyRotation"] = rotation["KeyRotationEnabled"]
        if described.get("Description"):
            properties["Description"] = described["Description"]
        observed = {key: described.get(key) for key in ("KeyState", "CreationDate", "DeletionDate")}
        made = Object(
            "AWS::KMS::Key", described["Arn"], area.account, area.region, properties, observed
        )
        area.put("keys", key_id, made)
        count += 1
    return count


def pull_network(account: Account, area: Area, values: Iterable[Any]) -> int:
    """The subnets and security groups in use, and the endpoints of their VPCs."""
    subnets, groups = set(), set()
    for text in texts(values):
        subnets.update(_SUBNET.findall(text))
        groups.update(_GROUP.findall(text))
    count = 0
    vpcs = set()
    if subnets:
        found = account.listed(
            "ec2",
            *("describe_subnets", "Subnets"),
            Filters=[{"Name": "subnet-id", "Values": sorted(subnets)}],
        )
        for item in plain(found):
            vpcs.add(item["VpcId"])
            area.put("subnets", item["SubnetId"], _subnet(account, area, item))
            count += 1
    if groups:
        found = account.listed(
            "ec2",
            *("describe_security_groups", "SecurityGroups"),
            Filters=[{"Name": "group-id", "Values": sorted(groups)}],
        )
        for item in plain(found):
            vpcs.add(item.get("VpcId", ""))
            area.put("security-groups", item["GroupId"], _security_group(account, area, item))
            count += 1
    vpcs.discard("")
    if vpcs:
        found = account.listed(
            "ec2",
            *("describe_vpc_endpoints", "VpcEndpoints"),
            Filters=[{"Name": "vpc-id", "Values": sorted(vpcs)}],
        )
        for item in plain(found):
            area.put("vpc-endpoints", item["VpcEndpointId"], _vpc_endpoint(account, area, item))
            count += 1
    return count


def _arn(account: Account, what: str) -> str:
    return f"arn:{account.partition}:ec2:{account.region}:{account.id}:{what}"


def _with_tags(properties: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    if item.get("Tags"):
        properties["Tags"] = sorted(item["Tags"], key=lambda tag: str(tag.get("Key")))
    return properties


def _subnet(account: Account, area: Area, item: dict[str, Any]) -> Object:
    members = ("VpcId", "CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch")
    properties = _with_tags({key: item[key] for key in members if key in item}, item)
    arn = _arn(account, f"subnet/{item['SubnetId']}")
    observed = {"SubnetId": item["SubnetId"]}
    return Object("AWS::EC2::Subnet", arn, area.account, area.region, properties, observed)


def _security_group(account: Account, area: Area, item: dict[str, Any]) -> Object:
    properties: dict[str, Any] = {
        "GroupName": item.get("GroupName", ""),
        "GroupDescription": item.get("Description", ""),
        "VpcId": item.get("VpcId", ""),
        "SecurityGroupIngress": _rules(item.get("IpPermissions"), "Source"),
        "SecurityGroupEgress": _rules(item.get("IpPermissionsEgress"), "Destination"),
    }
    arn = _arn(account, f"security-group/{item['GroupId']}")
    return Object(
        "AWS::EC2::SecurityGroup",
        arn,
        area.account,
        area.region,
        _with_tags(properties, item),
        {"GroupId": item["GroupId"]},
    )


def _rules(permissions: Any, side: str) -> list[dict[str, Any]]:
    """Permissions of EC2's API, which hold several ranges each, as a template's rules."""
    made = []
    for permission in permissions or ():
        flow = {key: permission[key] for key in _FLOWS if key in permission}
        for ranges, member, ours in (
            ("IpRanges", "CidrIp", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId", f"{side}PrefixListId"),
            ("UserIdGroupPairs", "GroupId", f"{side}SecurityGroupId"),
        ):
            for entry in permission.get(ranges) or ():
                rule = {**flow, ours: entry.get(member, "")}
                if entry.get("Description"):
                    rule["Description"] = entry["Description"]
                made.append(rule)
    return made


def _vpc_endpoint(account: Account, area: Area, item: dict[str, Any]) -> Object:
    members = (
        *("VpcId", "ServiceName", "VpcEndpointType", "PrivateDnsEnabled"),
        *("RouteTableIds", "SubnetIds"),
    )
    properties = {key: item[key] for key in members if item.get(key) not in (None, [])}
    groups = [group["GroupId"] for group in item.get("Groups") or ()]
    if groups:
        properties["SecurityGroupIds"] = groups
    if item.get("PolicyDocument"):
        try:
            properties["PolicyDocument"] = json.loads(item["PolicyDocument"])
        except ValueError:
            properties["PolicyDocument"] = item["PolicyDocument"]
    arn = _arn(account, f"vpc-endpoint/{item['VpcEndpointId']}")
    observed = {"State": item.get("State", "")}
    return Object(
        "AWS::EC2::VPCEndpoint",
        arn,
        area.account,
        area.region,
        _with_tags(properties, item),
        observed,
    )


def pull_schedules(account: Account, area: Area) -> int:
    """EventBridge rules and schedules that start a pipeline."""
    count = 0
    for rule in plain(account.listed("events", "list_rules", "Rules")):
        name = rule["Name"]
        targets = plain(account.listed("events", "list_targets_by_rule", "Targets", Rule=name))
        if not any(":pipeline/" in str(target.get("Arn")) for target in targets):
            continue
        properties = {
            key: rule[key]
            for key in ("Name", "Description", "EventPattern", "ScheduleExpression", "State")
            if rule.get(key)
        }
        if "EventPattern" in properties:
            properties["EventPattern"] = json.loads(properties["EventPattern"])
        properties["Targets"] = targets
        made = Object("AWS::Events::Rule", rule["Arn"], area.account, area.region, properties)
        area.put("event-rules", name, made)
        count += 1
    for entry in plain(account.listed("scheduler", "list_schedules", "Schedules")):
        if ":pipeline/" not in str((entry.get("Target") or {}).get("Arn")):
            continue
        answer = plain(
            account.asked(
                "scheduler",
                "get_schedule",
                entry["Name"],
                Name=entry["Name"],
                GroupName=entry.get("GroupName", "default"),
            )
        )
        members = (
            *("Name", "GroupName", "Description", "ScheduleExpression", "StartDate", "EndDate"),
            *("ScheduleExpressionTimezone", "State", "FlexibleTimeWindow", "Target", "KmsKeyArn"),
        )
        properties = {key: answer[key] for key in members if key in answer}
        if not properties:
            continue
        made = Object(
            "AWS::Scheduler::Schedule", answer["Arn"], area.account, area.region, properties
        )
        area.put("schedules", f"{entry.get('GroupName', 'default')}-{entry['Name']}", made)
        count += 1
    return count


def pull_scaling(account: Account, area: Area, endpoints: list[Object], now: datetime) -> int:
    """How endpoints scale, and how often each was invoked in the last four weeks.

    Invocations are what CloudWatch's ``Invocations`` of ``AWS/SageMaker`` sums for a variant
    (https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
    """
    if not endpoints:
        return 0
    count = 0
    targets = account.listed(
        "application-autoscaling",
        *("describe_scalable_targets", "ScalableTargets"),
        ServiceNamespace="sagemaker",
    )
    for item in plain(targets):
        members = (
            *("ServiceNamespace", "ResourceId", "ScalableDimension", "MinCapacity"),
            *("MaxCapacity", "RoleARN"),
        )
        properties = {key: item[key] for key in members if key in item}
        arn = item.get("ScalableTargetARN") or item["ResourceId"]
        made = Object(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            arn,
            area.account,
            area.region,
            properties,
        )
        area.put("scalable-targets", item["ResourceId"].replace("/", "-"), made)
        count += 1
    until = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for endpoint in endpoints:
        invocations = {}
        for variant in endpoint.observed.get("ProductionVariants") or ():
            answer = account.asked(
                "cloudwatch",
                "get_metric_statistics",
                endpoint.properties["EndpointName"],
                Namespace="AWS/SageMaker",
                MetricName="Invocations",
                Dimensions=[
                    {"Name": "EndpointName", "Value": endpoint.properties["EndpointName"]},
                    {"Name": "VariantName", "Value": variant["VariantName"]},
                ],
                StartTime=until - timedelta(days=METRIC_DAYS),
                EndTime=until,
                Period=86_400,
                Statistics=["Sum"],
            )
            if "Datapoints" in answer:
                total = sum(point.get("Sum", 0) for point in answer["Datapoints"])
                invocations[variant["VariantName"]] = int(total)
        if invocations:
            endpoint.observed["Invocations"] = {
                "Days": METRIC_DAYS,
                "Until": until.date().isoformat(),
                "Variants": invocations,
            }
            area.put("endpoints", endpoint.properties["EndpointName"], endpoint)
    return count


def pull_quotas(account: Account, area: Area, values: Iterable[Any]) -> int:
    """SageMaker's quotas for the instance types that some values name."""
    used = set()
    for text in texts(values):
        used.update(_INSTANCE.findall(text))
    if not used:
        return 0
    found = {}
    for quota in plain(
        account.listed("service-quotas", "list_service_quotas", "Quotas", ServiceCode="sagemaker")
    ):
        named = _QUOTA.search(str(quota.get("QuotaName", "")))
        if named and named[1] in used:
            found[quota["QuotaName"]] = quota["Value"]
    if not found:
        return 0
    arn = f"arn:{account.partition}:servicequotas:{account.region}:{account.id}:sagemaker"
    area.put("quotas", "sagemaker", Object(QUOTAS, arn, area.account, area.region, {}, found))
    return 1
