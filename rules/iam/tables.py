"""Actions that do more than their names say, and what a pattern of actions puts at stake.

The lists follow AWS's own documentation of the actions, and the published collections of
privilege escalations (https://pathfinding.cloud/, Rhino Security Labs).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from linter.domain.iam.services import Action, expand

DANGEROUS = frozenset(
    """iam:passrole iam:createpolicyversion iam:setdefaultpolicyversion iam:attachuserpolicy
    iam:attachgrouppolicy iam:attachrolepolicy iam:putuserpolicy iam:putgrouppolicy
    iam:putrolepolicy iam:addusertogroup iam:updateassumerolepolicy iam:createaccesskey
    iam:createloginprofile iam:updateloginprofile iam:deleterolepermissionsboundary
    iam:deleteuserpermissionsboundary iam:deleterolepolicy iam:detachrolepolicy
    iam:deleteuserpolicy iam:detachuserpolicy iam:putrolepermissionsboundary
    iam:putuserpermissionsboundary""".split()
)
"""Actions with which a principal raises its own permissions (IAM020, without iam:PassRole)."""

DATA = frozenset(
    """s3:getobject s3:getobjectversion ssm:getparameter ssm:getparameters ssm:getparametersbypath
    ssm:getparameterhistory secretsmanager:getsecretvalue
    secretsmanager:batchgetsecretvalue""".split()
)
"""Actions that read what others stored (IAM033)."""

CREDENTIALS = frozenset(
    """sts:assumerolewithsaml sts:assumerolewithwebidentity sts:getfederationtoken
    iam:createservicespecificcredential iam:resetservicespecificcredential
    iam:uploadsigningcertificate codeartifact:getauthorizationtoken redshift:getclustercredentials
    redshift:getclustercredentialswithiam redshift-serverless:getcredentials rds-db:connect
    lightsail:getrelationaldatabasemasteruserpassword lightsail:getinstanceaccessdetails
    lightsail:downloaddefaultkeypair cognito-identity:getcredentialsforidentity
    cognito-identity:getopenidtokenfordeveloperidentity chime:createapikey
    gamelift:getcomputeauthtoken gamelift:requestuploadcredentials
    mediapackage:rotatechannelcredentials mediapackage:rotateingestendpointcredentials
    snowball:getjobunlockcode
    storagegateway:describechapcredentials ec2:getpassworddata eks:assumeroleforpodidentity
    elasticmapreduce:getclustersessioncredentials
    emr-containers:getmanagedendpointsessioncredentials
    connect:getfederationtoken sso:getrolecredentials appsync:createapikey
    cognito-idp:describeuserpoolclient kafka:createscramsecret""".split()
)
"""Actions that answer with credentials (IAM034). Not ``ecr:GetAuthorizationToken``, which cannot be
bounded and which every job needs; ``sts:AssumeRole`` is IAM069, keys of IAM users are IAM020."""

EXPOSURE = frozenset(
    """sagemaker:putmodelpackagegrouppolicy sagemaker:putresourcepolicy
    sagemaker:putlineagegrouppolicy sagemaker:createhubcontentpresignedurls
    sagemaker:updatehub""".split()
)
"""SageMaker actions that open resources to others and are classed as Write (IAM036)."""

PRESIGNED = frozenset(
    """sagemaker:createpresigneddomainurl sagemaker:createpresignedmlflowtrackingserverurl
    sagemaker:createpresignedmlflowappurl sagemaker:createpartnerapppresignedurl
    sagemaker:createhubcontentpresignedurls""".split()
)
NOTEBOOK_URL = frozenset({"sagemaker:createpresignednotebookinstanceurl"})

RUNS_CODE = frozenset(
    """sagemaker:createnotebookinstance sagemaker:createtrainingjob sagemaker:createprocessingjob
    sagemaker:createpipeline sagemaker:updatepipeline sagemaker:createhyperparametertuningjob
    sagemaker:createautomljob sagemaker:createautomljobv2 sagemaker:createmodel
    sagemaker:createmonitoringschedule sagemaker:createdataqualityjobdefinition
    sagemaker:createmodelqualityjobdefinition sagemaker:createmodelbiasjobdefinition
    sagemaker:createmodelexplainabilityjobdefinition sagemaker:createcompilationjob
    sagemaker:createlabelingjob sagemaker:createcluster sagemaker:createflowdefinition
    sagemaker:createimage sagemaker:createinferenceexperiment sagemaker:createmlflowtrackingserver
    sagemaker:createmlflowapp sagemaker:createtrainingsession sagemaker:createjob
    sagemaker:createuserprofile sagemaker:updateuserprofile sagemaker:createdomain
    sagemaker:updatedomain sagemaker:createspace sagemaker:updatespace
    sagemaker:createnotebookinstancelifecycleconfig sagemaker:updatenotebookinstance
    sagemaker:updatenotebookinstancelifecycleconfig
    sagemaker:createstudiolifecycleconfig""".split()
)
"""SageMaker actions that run code with a role (IAM021 to IAM031)."""

RUNS_ELSEWHERE = frozenset(
    """lambda:updatefunctioncode glue:updatedevendpoint ssm:sendcommand ssm:startsession
    ec2-instance-connect:sendsshpublickey ecs:executecommand codebuild:startbuild
    codebuild:startbuildbatch""".split()
)
"""Actions that each run code of their caller with a role that something has already (IAM032)."""

NETWORK = frozenset(
    """ec2:createnetworkinterface ec2:createnetworkinterfacepermission ec2:deletenetworkinterface
    ec2:deletenetworkinterfacepermission""".split()
)
"""What SageMaker needs to attach jobs to a VPC, on interfaces that have no names before
(https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html)."""

EXPLAINED = (
    DANGEROUS | DATA | CREDENTIALS | EXPOSURE | PRESIGNED | NOTEBOOK_URL | {"sts:assumerole"}
)
"""Actions that have a rule of their own, which says more than the general ones."""

ESCALATING = (
    DANGEROUS | CREDENTIALS | EXPOSURE | PRESIGNED | NOTEBOOK_URL | RUNS_CODE | RUNS_ELSEWHERE
)
_PERMISSIONS = "Permissions management"


def manages_permissions(action: Action) -> bool:
    return _PERMISSIONS in action.access_level


def is_risky(action: Action) -> bool:
    return manages_permissions(action) or action.full_name.lower() in ESCALATING


@lru_cache(maxsize=256)
def stake(pattern: str) -> str:
    """``460 actions, 23 of them permission management or leading to escalation``."""
    return stake_of(expand(pattern.lower()))


def stake_of(actions: Sequence[Action]) -> str:
    """The same for actions."""
    if not actions:
        return "actions that are not known"
    if len(actions) == 1:
        return f"1 action, {actions[0].full_name}"
    risky = sum(1 for action in actions if is_risky(action))
    if risky:
        return (
            f"{len(actions):,} actions, {risky:,} of them permission management or leading to "
            "escalation"
        )
    writing = sum(1 for action in actions if action.access_level not in ("List", "Read"))
    return f"{len(actions):,} actions, {writing:,} of them writing"
