"""``pull`` end to end against AWS on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.account.conftest import ACCOUNT, REGION, Cloud, definition, executions
from tests.account.server import Failure

ROOT = Path(__file__).parents[2]


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def load(folder: Path, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / path).read_text("utf-8"))
    return found


def test_an_account_becomes_files(cloud: Cloud, tmp_path: Path) -> None:
    done = cloud.pull(tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{ACCOUNT} {REGION}: 8 objects",
        f"{ACCOUNT} global: 1 objects",
    ]
    snapshot = tmp_path / "snapshot"
    assert sorted(files(snapshot)) == [
        f"{ACCOUNT}/{REGION}/buckets/churn-data.json",
        *(f"{ACCOUNT}/{REGION}/executions/churn/e{n}.json" for n in range(5)),
        f"{ACCOUNT}/{REGION}/pipelines/churn.json",
        f"{ACCOUNT}/{REGION}/quotas/sagemaker.json",
        f"{ACCOUNT}/global/roles/churn.json",
        "manifest.json",
    ]
    pipeline = load(snapshot, f"{ACCOUNT}/{REGION}/pipelines/churn.json")
    assert pipeline["Type"] == "AWS::SageMaker::Pipeline"
    assert pipeline["Properties"]["Tags"] == [{"Key": "team", "Value": "growth"}]
    body = pipeline["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    assert body == definition(cloud.role)
    role = load(snapshot, f"{ACCOUNT}/global/roles/churn.json")
    assert role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] == "s3:*"
    execution = load(snapshot, f"{ACCOUNT}/{REGION}/executions/churn/e2.json")
    (step,) = execution["Observed"]["Steps"]
    assert step["Job"]["TrainingTimeInSeconds"] == 720


def test_a_snapshot_is_checked_priced_and_explained(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)

    checked = cloud.run("check", "snapshot", "--format", "json", cwd=tmp_path)
    findings = json.loads(checked.stdout)["findings"]
    wildcard = next(item for item in findings if item["rule"] == "IAM004")
    assert wildcard["path"] == f"snapshot/{ACCOUNT}/global/roles/churn.json"
    assert {"NET001", "IAM004"} <= {item["rule"] for item in findings}
    cost = cloud.run("cost", "snapshot", "--format", "json", cwd=tmp_path)
    (pipeline,) = json.loads(cost.stdout)["pipelines"]
    assert pipeline["name"] == "churn"
    assert pipeline["steps"][0]["instance_type"] == "ml.m5.xlarge"
    explained = cloud.run("iam", "explain", "snapshot", cwd=tmp_path)
    assert f"arn:aws:iam::{ACCOUNT}:role/churn" in explained.stdout


def test_a_second_pull_asks_only_for_what_changed(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    before = files(tmp_path / "snapshot")
    cloud.fake.calls.clear()
    cloud.fake.answers.update(executions(6))

    done = cloud.pull(tmp_path)

    assert done.returncode == 0, done.stderr
    after = files(tmp_path / "snapshot")
    new = f"{ACCOUNT}/{REGION}/executions/churn/e5.json"
    assert set(after) - set(before) == {new}
    assert {p: t for p, t in after.items() if p not in (new, "manifest.json")} == {
        p: t for p, t in before.items() if p != "manifest.json"
    }
    assert cloud.fake.count("SageMaker.DescribePipeline") == 0
    assert cloud.fake.count("SageMaker.DescribeTrainingJob") == 1


def test_what_is_gone_from_the_account_leaves_the_snapshot(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    cloud.client("iam").delete_role_policy(RoleName="churn", PolicyName="p")
    cloud.client("iam").delete_role(RoleName="churn")

    cloud.pull(tmp_path)

    assert not (tmp_path / "snapshot" / ACCOUNT / "global/roles/churn.json").exists()


def test_secrets_are_masked(cloud: Cloud, tmp_path: Path) -> None:
    cloud.client("sagemaker").update_pipeline(
        PipelineName="churn",
        PipelineDefinition=json.dumps(
            definition(cloud.role, DB_PASSWORD="x9!kQ27zzPq", MODE="fast")
        ),
    )
    cloud.pull(tmp_path)

    text = "".join(files(tmp_path / "snapshot").values())
    assert "x9!kQ27zzPq" not in text
    assert '"MODE": "fast"' in text


def test_a_denied_call_is_named_and_the_rest_goes_on(cloud: Cloud, tmp_path: Path) -> None:
    denied = "SageMaker.ListPipelineExecutionSteps"
    cloud.fake.fail = lambda operation: (
        Failure("AccessDeniedException", "no", 400)
        if operation in (denied, "query.GetAccountAuthorizationDetails")
        else None
    )
    done = cloud.pull(tmp_path)

    assert done.returncode == 3
    assert "denied: sagemaker:list_pipeline_execution_steps" in done.stderr
    assert "denied: iam:get_account_authorization_details" in done.stderr
    snapshot = tmp_path / "snapshot"
    assert (snapshot / f"{ACCOUNT}/{REGION}/pipelines/churn.json").exists()
    manifest = load(snapshot, "manifest.json")
    (entry,) = manifest["Accounts"][ACCOUNT][REGION]["Denied"]
    assert entry["Operation"] == "sagemaker:list_pipeline_execution_steps"
    checked = cloud.run("check", "snapshot", "--fail-on", "critical", cwd=tmp_path)
    assert checked.returncode == 3
    assert "iam:get_account_authorization_details was denied" in checked.stdout
    assert "list_pipeline_execution_steps" not in checked.stdout  # no rule depends on it
    # What was denied before is asked for again.
    cloud.fake.fail = lambda operation: None
    assert cloud.pull(tmp_path).returncode == 0
    execution = load(snapshot, f"{ACCOUNT}/{REGION}/executions/churn/e0.json")
    assert execution["Observed"]["Steps"]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("ThrottlingException", "slow", 400), "AWS throttles"),
        (Failure("ExpiredTokenException", "old", 400), "log in again"),
        (Failure("UnrecognizedClientException", "?", 400), "is it enabled?"),
        (Failure(cut=True), "the connection broke"),
    ],
)
def test_a_pull_that_breaks_keeps_the_old_snapshot_and_goes_on_later(
    cloud: Cloud, tmp_path: Path, failure: Failure, said: str
) -> None:
    cloud.pull(tmp_path)
    region = tmp_path / "snapshot" / ACCOUNT / REGION
    before = files(region)
    cloud.fake.answers.update(executions(30))
    seen = 0

    def fail(operation: str) -> Failure | None:
        nonlocal seen
        seen += operation == "SageMaker.DescribePipelineExecution"
        return failure if operation == "SageMaker.DescribePipelineExecution" and seen > 8 else None

    cloud.fake.fail = fail
    done = cloud.pull(tmp_path)

    assert done.returncode == 3
    assert said in done.stderr
    assert "the earlier data was kept" in done.stderr
    assert files(region) == before
    checked = cloud.run("check", "snapshot", cwd=tmp_path)
    assert "was not pulled" in checked.stdout
    cloud.fake.fail = lambda operation: None
    cloud.fake.calls.clear()
    done = cloud.pull(tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((region / "executions/churn").iterdir())) == 30
    # Eight came before the break, and are not asked for again.
    assert cloud.fake.count("SageMaker.DescribePipelineExecution") <= 25 - 7


def test_pages_are_followed_to_the_end(cloud: Cloud, tmp_path: Path) -> None:
    names = [f"p{n:04}" for n in range(1000)]

    def listed(body: dict[str, Any]) -> Any:
        start = int(body.get("NextToken") or 0)
        page = [{"PipelineName": name} for name in names[start : start + 100]]
        more = {"NextToken": str(start + 100)} if start + 100 < len(names) else {}
        return {"PipelineSummaries": page, **more}

    def described(body: dict[str, Any]) -> Any:
        return {
            "PipelineName": body["PipelineName"],
            "PipelineArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{body['PipelineName']}",
            "PipelineDefinition": '{"Version": "2020-12-01", "Steps": []}',
            "RoleArn": cloud.role,
        }

    cloud.fake.answers["SageMaker.ListPipelines"] = listed
    cloud.fake.answers["SageMaker.DescribePipeline"] = described
    cloud.fake.answers["SageMaker.ListTags"] = lambda body: {"Tags": []}
    cloud.fake.answers.update(executions(0))
    cloud.fake.answers["SageMaker.ListPipelineExecutions"] = lambda body: {
        "PipelineExecutionSummaries": []
    }
    done = cloud.pull(tmp_path)

    assert done.returncode == 0, done.stderr
    folder = tmp_path / "snapshot" / ACCOUNT / REGION / "pipelines"
    assert len(list(folder.iterdir())) == 1000


def test_only_pipelines_of_a_name(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path, "--pipeline", "other-*")
    assert not (tmp_path / "snapshot" / ACCOUNT / REGION / "pipelines").exists()


def test_roles_of_other_accounts(cloud: Cloud, tmp_path: Path) -> None:
    other = "arn:aws:iam::210987654321:role/audit"
    done = cloud.pull(tmp_path, "--role-arn", other)

    assert done.returncode == 0, done.stderr
    assert "210987654321 eu-west-1" in done.stdout
    assert ACCOUNT not in done.stdout
    cloud.fake.fail = lambda operation: (
        Failure("AccessDenied", "no", 403) if operation == "query.AssumeRole" else None
    )
    done = cloud.pull(tmp_path, "--role-arn", other)
    assert done.returncode == 3
    assert "210987654321: not pulled: the role cannot be assumed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--region", "eu-wset-1"], "eu-west-1"),
        (["--region", REGION, "--since", "soon"], "--since soon is not a duration"),
        (["--region", REGION, "--since", "0d"], "is not a duration"),
        (["--region", REGION, "--role-arn", "audit"], "is not a role ARN"),
        (["--region", REGION, "--organization", "a role"], "the name of a role"),
        ([], "name a region"),
    ],
)
def test_a_mistake_is_one_line(
    cloud: Cloud, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = cloud.run("pull", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not cloud.fake.calls


def test_a_folder_that_holds_something_else_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "main.tf").write_text("")
    done = cloud.pull(tmp_path)
    assert done.returncode == 2
    assert "is not a snapshot" in done.stderr
    assert not cloud.fake.calls


def test_without_credentials(cloud: Cloud, tmp_path: Path) -> None:
    cloud.environment = {k: v for k, v in cloud.environment.items() if "ACCESS_KEY" not in k}
    done = cloud.pull(tmp_path)
    assert done.returncode == 3
    assert "no AWS credentials were found" in done.stderr


def test_only_calls_that_read_are_made(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    reading = ("List", "Describe", "Get", "Assume")
    names = {name.rpartition(".")[2] for name, _ in cloud.fake.calls if "." in name.split(" ")[0]}
    assert names
    assert [name for name in names if not name.startswith(reading)] == []
    rest = {name.split(" ")[0] for name, _ in cloud.fake.calls if "." not in name.split(" ")[0]}
    assert rest <= {"GET", "HEAD"}


def test_what_aws_billed_stands_beside_the_estimate(cloud: Cloud, tmp_path: Path) -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/churn/execution/e"

    def costs(body: dict[str, Any]) -> Any:
        assert body["GroupBy"] == [{"Type": "TAG", "Key": "sagemaker:pipeline-execution-arn"}]
        page = 2 if body.get("NextPageToken") else 1
        group = {
            "Keys": [f"sagemaker:pipeline-execution-arn${arn}{page}"],
            "Metrics": {"UnblendedCost": {"Amount": f"{page}.25", "Unit": "USD"}},
        }
        untagged = {
            "Keys": ["sagemaker:pipeline-execution-arn$"],
            "Metrics": {"UnblendedCost": {"Amount": "99", "Unit": "USD"}},
        }
        answer: dict[str, Any] = {
            "ResultsByTime": [{"TimePeriod": {"Start": "2026-10-01"}, "Groups": [group, untagged]}]
        }
        return answer if page == 2 else {**answer, "NextPageToken": "2"}

    cloud.fake.answers["AWSInsightsIndexService.GetTags"] = lambda body: {
        "Tags": ["team", "sagemaker:pipeline-execution-arn", "sagemaker:pipeline-step-name"],
        "ReturnSize": 3,
        "TotalSize": 3,
    }
    cloud.fake.answers["AWSInsightsIndexService.GetCostAndUsage"] = costs
    assert cloud.pull(tmp_path).returncode == 0
    assert not cloud.fake.count("AWSInsightsIndexService.GetTags")

    done = cloud.pull(tmp_path, "--costs")

    assert done.returncode == 0, done.stderr
    cost = cloud.run("cost", "snapshot", "--history", "snapshot", cwd=tmp_path)
    assert "churn: AWS billed $3.50 a month from 2026-10 to 2026-10; estimated $" in cost.stdout


def test_measured_stands_beside_estimated(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    done = cloud.run("cost", "snapshot", "--history", "snapshot", "--format", "json", cwd=tmp_path)
    document = json.loads(done.stdout)
    (row,) = document["history"]["steps"]
    assert (row["runs"], row["median_seconds"], row["p90_seconds"]) == (5, 720, 816)
    # 600 … 840 seconds, 720 on average, at the price of an hour in eu-west-1.
    hour = document["pipelines"][0]["steps"][0]["usd_per_hour"]
    assert abs(row["measured_usd"] - hour * 720 / 3600) < 0.005
    assert row["off"] > 0


def test_every_account_of_an_organization(cloud: Cloud, tmp_path: Path) -> None:
    accounts = [
        {"Id": ACCOUNT, "Status": "ACTIVE"},
        {"Id": "210987654321", "Status": "ACTIVE"},
        {"Id": "999999999999", "Status": "SUSPENDED"},
    ]
    cloud.fake.answers["AWSOrganizationsV20161128.ListAccounts"] = lambda body: {
        "Accounts": accounts
    }
    done = cloud.pull(tmp_path, "--organization", "audit")

    assert done.returncode == 0, done.stderr
    told = {line.partition(" ")[0] for line in done.stdout.splitlines()}
    assert told == {ACCOUNT, "210987654321"}


@pytest.mark.parametrize(
    ("change", "said", "code"),
    [
        ({"PipewardenSnapshot": 2}, "schema 2", 3),
        ({"Type": 7}, "lacks its Type or Properties", 3),
        ({"Properties": None}, "lacks its Type or Properties", 3),
    ],
)
def test_a_file_that_is_newer_or_was_edited_is_named(
    cloud: Cloud, tmp_path: Path, change: dict[str, Any], said: str, code: int
) -> None:
    cloud.pull(tmp_path)
    path = tmp_path / "snapshot" / ACCOUNT / REGION / "pipelines" / "churn.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    done = cloud.run("check", "snapshot", "--fail-on", "critical", cwd=tmp_path)

    assert done.returncode == code
    assert said in done.stdout


def test_a_stopped_notebook_costs_no_hours_and_a_silent_endpoint_is_idle(
    cloud: Cloud, tmp_path: Path
) -> None:
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_notebook_instance(
        NotebookInstanceName="ana", InstanceType="ml.t3.medium", RoleArn=cloud.role
    )
    sagemaker.stop_notebook_instance(NotebookInstanceName="ana")
    sagemaker.create_model(
        ModelName="m",
        PrimaryContainer={"Image": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/x:1"},
        ExecutionRoleArn=cloud.role,
    )
    variant = {
        "VariantName": "main",
        "ModelName": "m",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="silent", EndpointConfigName="c")
    cloud.pull(tmp_path)

    cost = cloud.run("cost", "snapshot", "--format", "json", cwd=tmp_path)
    standing = {item["name"]: item for item in json.loads(cost.stdout)["standing"]}
    assert standing["ana"]["usd_per_month"]["high"] < 1  # its volume
    assert standing["silent"]["idle"]
    checked = cloud.run("check", "snapshot", "--format", "json", cwd=tmp_path)
    finding = next(f for f in json.loads(checked.stdout)["findings"] if f["rule"] == "ACCT005")
    assert finding["savings_usd_per_month"]["expected"] > 50


def test_without_boto3_everything_else_works(tmp_path: Path) -> None:
    """A stand-in that cannot be imported, before the real one on the path."""
    blocked = tmp_path / "blocked"
    for name in ("boto3", "botocore"):
        (blocked / name).mkdir(parents=True)
        (blocked / name / "__init__.py").write_text("raise ImportError('not installed')\n")
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from linter.cli.main import run; run(sys.argv[1:])"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, str(blocked), *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
            check=False,
        )

    assert run("check", "docs/examples/churn").returncode == 1
    assert run("cost", "docs/examples/churn").returncode == 0
    for command in (("pull", "--region", REGION), ("prices", "refresh", "--region", REGION)):
        done = run(*command)
        assert done.returncode in (2, 3)
        assert "pip install 'pipewarden[aws]'" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_snapshot_is_not_edited_and_being_somewhere_is_no_fault(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.pull(tmp_path)
    before = files(tmp_path / "snapshot")

    done = cloud.run("fix", "snapshot", "--unsafe", cwd=tmp_path)

    assert files(tmp_path / "snapshot") == before
    assert "a snapshot is what the account holds" in done.stdout + done.stderr
    checked = cloud.run("check", "snapshot", "--format", "json", cwd=tmp_path)
    findings = json.loads(checked.stdout)["findings"]
    assert not any(item["rule"] == "SEC007" for item in findings)
    assert not any(item["fixable"] for item in findings)


def test_the_review_page_has_what_was_measured(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    done = cloud.run("report", "snapshot", "-o", "-", "--history", "snapshot", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '<h2 id="measured">' in done.stdout
    assert '<td>Train</td><td class="number">5</td>' in done.stdout
    without = cloud.run("report", "snapshot", "-o", "-", cwd=tmp_path)
    assert 'id="measured"' not in without.stdout


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("query.GetCallerIdentity", ()),
        ("AWSOrganizationsV20161128.ListAccounts", ("--organization", "audit")),
    ],
)
def test_what_everything_depends_on_may_be_denied_too(
    cloud: Cloud, tmp_path: Path, operation: str, arguments: tuple[str, ...]
) -> None:
    cloud.fake.fail = lambda asked: (
        Failure("AccessDeniedException", "no", 403) if asked == operation else None
    )
    done = cloud.pull(tmp_path, *arguments)
    assert done.returncode == 3
    assert "AccessDenied" in done.stderr
    assert (f"{ACCOUNT} {REGION}: " in done.stdout) is bool(arguments)  # its own account is pulled


def test_a_pull_that_died_between_two_names_loses_nothing(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    home = tmp_path / "snapshot" / ACCOUNT / REGION
    before = files(home)
    home.rename(home.with_name(f".old-{REGION}"))

    done = cloud.pull(tmp_path)

    assert done.returncode == 0, done.stderr
    assert files(home) == before
    assert not home.with_name(f".old-{REGION}").exists()
    assert "of them known" in done.stdout
