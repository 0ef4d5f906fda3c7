"""Actions that together give another role's permissions.

The paths are those published by Rhino Security Labs and pathfinding.cloud, and for SageMaker by
its own API: every call that takes a role and runs code.
"""

from __future__ import annotations

from linter.core.record import record


@record
class Way:
    """A way to other permissions: every one of ``steps`` (each one of several actions)."""

    steps: tuple[tuple[str, ...], ...]
    service: str
    """To which ``iam:PassRole`` must pass a role besides; ``""`` when none is passed."""
    gain: str


def _sagemaker(*names: str) -> tuple[str, ...]:
    return tuple(f"sagemaker:{name.lower()}" for name in names)


_JOBS = _sagemaker(
    *("CreateHyperParameterTuningJob", "CreateAutoMLJob", "CreateAutoMLJobV2", "CreateModel"),
    *("CreateMonitoringSchedule", "CreateDataQualityJobDefinition"),
    *("CreateModelQualityJobDefinition", "CreateModelBiasJobDefinition"),
    *("CreateModelExplainabilityJobDefinition", "CreateCompilationJob", "CreateLabelingJob"),
    *("CreateCluster", "CreateFlowDefinition", "CreateImage", "CreateInferenceExperiment"),
    *("CreateInferenceRecommendationsJob", "CreateEdgePackagingJob", "CreateMlflowTrackingServer"),
    *("CreateMlflowApp", "CreateTrainingSession", "CreateJob", "CreateFeatureGroup"),
)
_STUDIO = _sagemaker(
    *("CreateUserProfile", "UpdateUserProfile", "CreateDomain", "UpdateDomain"),
    *("CreateSpace", "UpdateSpace"),
)
_COMPUTE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lambda.amazonaws.com", ("lambda:createfunction",)),
    (
        "glue.amazonaws.com",
        ("glue:createjob", "glue:updatejob", "glue:createdevendpoint", "glue:createsession"),
    ),
    ("ec2.amazonaws.com", ("ec2:runinstances", "ec2:requestspotinstances")),
    ("ecs-tasks.amazonaws.com", ("ecs:registertaskdefinition", "ecs:runtask")),
    (
        "cloudformation.amazonaws.com",
        tuple(
            f"cloudformation:{verb}stack{of}" for of in ("", "set") for verb in ("create", "update")
        ),
    ),
    ("tasks.apprunner.amazonaws.com", ("apprunner:createservice",)),
    ("codebuild.amazonaws.com", ("codebuild:createproject",)),
    ("states.amazonaws.com", ("states:createstatemachine",)),
    ("elasticmapreduce.amazonaws.com", ("elasticmapreduce:runjobflow",)),
    ("emr-serverless.amazonaws.com", ("emr-serverless:startjobrun",)),
    ("batch.amazonaws.com", ("batch:registerjobdefinition", "batch:submitjob")),
    ("datapipeline.amazonaws.com", ("datapipeline:createpipeline",)),
    ("bedrock-agentcore.amazonaws.com", ("bedrock-agentcore:createcodeinterpreter",)),
    ("ssm.amazonaws.com", ("ssm:startautomationexecution",)),
)
_EXISTING: tuple[tuple[tuple[tuple[str, ...], ...], str], ...] = (
    ((("lambda:updatefunctioncode",),), "rewrites any function, which runs with its own role"),
    ((("glue:updatedevendpoint",),), "opens any Glue development endpoint, with its role"),
    (
        (("cloudformation:createchangeset",), ("cloudformation:executechangeset",)),
        "changes any stack with the role that the stack has",
    ),
    (
        (("ec2:modifyinstanceattribute",), ("ec2:stopinstances",), ("ec2:startinstances",)),
        "puts a script into any instance, which runs it as root with its role",
    ),
    (
        (("ec2:createlaunchtemplateversion",), ("ec2:modifylaunchtemplate",)),
        "puts a script into instances to come, which run it with their roles",
    ),
    (
        (("ssm:sendcommand", "ssm:startsession", "ec2-instance-connect:sendsshpublickey"),),
        "runs commands on any instance, with its role",
    ),
    ((("ecs:executecommand",),), "runs commands in any task, with its role"),
    (
        (("codebuild:startbuild", "codebuild:startbuildbatch"),),
        "runs commands with any build's role",
    ),
    (
        (
            ("bedrock-agentcore:startcodeinterpretersession",),
            ("bedrock-agentcore:invokecodeinterpreter",),
        ),
        "runs code in any interpreter, with its role",
    ),
)
"""Ways through what other services already run, to which no role is passed."""
_SM = "sagemaker.amazonaws.com"
WAYS: dict[str, tuple[Way, ...]] = {
    "IAM021": (Way((_sagemaker("CreateNotebookInstance"),), _SM, "opens a notebook with it"),),
    "IAM022": (
        Way((_sagemaker("CreateTrainingJob"),), _SM, "runs code in a training job with it"),
    ),
    "IAM023": (
        Way((_sagemaker("CreateProcessingJob"),), _SM, "runs code in a processing job with it"),
    ),
    "IAM024": (
        Way(
            (_sagemaker("CreatePipeline"), _sagemaker("StartPipelineExecution")),
            _SM,
            "starts a pipeline with it",
        ),
    ),
    "IAM026": (Way((_JOBS,), _SM, "runs code in another kind of job with it"),),
    "IAM027": (Way((_STUDIO,), _SM, "opens Studio with it"),),
    "IAM032": tuple(
        Way((names,), service, "runs code in another service with it")
        for service, names in _COMPUTE
    )
    + tuple(Way(steps, "", gain) for steps, gain in _EXISTING),
    "IAM025": (
        Way(
            (_sagemaker("UpdatePipeline"), _sagemaker("StartPipelineExecution")),
            "",
            "rewrites any pipeline and starts it with that pipeline's role",
        ),
    ),
    "IAM030": (
        Way(
            (
                _sagemaker(
                    "CreateNotebookInstanceLifecycleConfig", "UpdateNotebookInstanceLifecycleConfig"
                ),
                _sagemaker("UpdateNotebookInstance"),
                _sagemaker("StartNotebookInstance"),
            ),
            "",
            "puts a script into any notebook, which runs it as root with that notebook's role",
        ),
    ),
    "IAM031": (
        Way(
            (
                _sagemaker("CreateStudioLifecycleConfig"),
                _sagemaker("UpdateDomain", "UpdateUserProfile", "UpdateSpace"),
            ),
            "",
            "puts a script into other users' Studio apps, which run it with their roles",
        ),
    ),
}
"""Rule → its ways, in the order in which an action element reports them."""

OWN_POLICIES: dict[str, str] = {
    "iam:putrolepolicy": "role",
    "iam:attachrolepolicy": "role",
    "iam:putuserpolicy": "user",
    "iam:attachuserpolicy": "user",
    "iam:putgrouppolicy": "group",
    "iam:attachgrouppolicy": "group",
    "iam:createpolicyversion": "policy",
    "iam:setdefaultpolicyversion": "policy",
}
"""Actions that make an administrator of whoever has them on itself, on its group or on a policy of
its own, and the kind of resource they act on."""

BECOMING: dict[str, tuple[str, str]] = {
    "iam:updateassumerolepolicy": ("role", "lets itself assume it"),
    "sts:assumerole": ("role", "assumes it"),
    "iam:createaccesskey": ("user", "makes a key of it"),
    "iam:createloginprofile": ("user", "gives it a password"),
    "iam:updateloginprofile": ("user", "changes its password"),
    "iam:addusertogroup": ("group", "joins it"),
}
"""Actions with which one becomes the role or user they act on, or joins a group."""


@record
class Carrier:
    """A kind of resource that runs with a role, and the actions that put code of others into it.

    Args:
        kind: in messages.
        types: resource types → (member that holds the name, path of the member with the role).
        arn: the end of its ARN, with ``{}`` for the name.
        actions: every one of these is needed.
    """

    kind: str
    types: tuple[tuple[str, str, tuple[str | int, ...]], ...]
    arn: str
    actions: tuple[str, ...]
    gain: str


CARRIERS: tuple[Carrier, ...] = (
    Carrier(
        "function",
        (
            ("aws_lambda_function", "function_name", ("role",)),
            ("AWS::Lambda::Function", "FunctionName", ("Role",)),
        ),
        "function:{}",
        ("lambda:updatefunctioncode",),
        "rewrites its code",
    ),
    Carrier(
        "notebook instance",
        (
            ("aws_sagemaker_notebook_instance", "name", ("role_arn",)),
            ("AWS::SageMaker::NotebookInstance", "NotebookInstanceName", ("RoleArn",)),
        ),
        "notebook-instance/{}",
        ("sagemaker:createpresignednotebookinstanceurl",),
        "opens it",
    ),
    Carrier(
        "pipeline",
        (
            ("aws_sagemaker_pipeline", "pipeline_name", ("role_arn",)),
            ("AWS::SageMaker::Pipeline", "PipelineName", ("RoleArn",)),
        ),
        "pipeline/{}",
        ("sagemaker:updatepipeline", "sagemaker:startpipelineexecution"),
        "rewrites and starts it",
    ),
    Carrier(
        "user profile",
        (
            (
                "aws_sagemaker_user_profile",
                "user_profile_name",
                ("user_settings", 0, "execution_role"),
            ),
            (
                "AWS::SageMaker::UserProfile",
                "UserProfileName",
                ("UserSettings", "ExecutionRole"),
            ),
        ),
        "user-profile/*/{}",
        ("sagemaker:createpresigneddomainurl",),
        "signs in as it",
    ),
    Carrier(
        "development endpoint",
        (
            ("aws_glue_dev_endpoint", "name", ("role_arn",)),
            ("AWS::Glue::DevEndpoint", "EndpointName", ("RoleArn",)),
        ),
        "devEndpoint/{}",
        ("glue:updatedevendpoint",),
        "opens it with a key of its own",
    ),
    Carrier(
        "build project",
        (
            ("aws_codebuild_project", "name", ("service_role",)),
            ("AWS::CodeBuild::Project", "Name", ("ServiceRole",)),
        ),
        "project/{}",
        ("codebuild:startbuild",),
        "runs commands in a build of it",
    ),
    Carrier(
        "service",
        (
            (
                "aws_apprunner_service",
                "service_name",
                ("instance_configuration", 0, "instance_role_arn"),
            ),
            (
                "AWS::AppRunner::Service",
                "ServiceName",
                ("InstanceConfiguration", "InstanceRoleArn"),
            ),
        ),
        "service/{}/*",
        ("apprunner:updateservice",),
        "runs another image or command in it",
    ),
    Carrier(
        "stack",
        (("aws_cloudformation_stack", "name", ("iam_role_arn",)),),
        "stack/{}/*",
        ("cloudformation:updatestack",),
        "changes it with the role that it has",
    ),
    Carrier(
        "instance",
        (
            ("aws_instance", "", ("iam_instance_profile",)),
            ("AWS::EC2::Instance", "", ("IamInstanceProfile",)),
        ),
        "instance/{}",
        ("ssm:startsession",),
        "opens a session on it",
    ),
    Carrier(
        "instance",
        (
            ("aws_instance", "", ("iam_instance_profile",)),
            ("AWS::EC2::Instance", "", ("IamInstanceProfile",)),
        ),
        "instance/{}",
        ("ssm:sendcommand",),
        "runs commands on it",
    ),
    Carrier(
        "cluster",
        (("aws_ecs_service", "cluster", ("task_definition",)),),
        "cluster/{}",
        ("ecs:executecommand",),
        "runs commands in its tasks",
    ),
)
"""What runs with a role of its own already, so that none is passed."""
