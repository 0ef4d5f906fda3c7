"""Bring accounts and regions to a snapshot's folder, one after another.

An area (an account's region, or its global part) takes the place of what the folder held only when
all of it could be asked for. What the caller may not see is named in the manifest; where a call
fails otherwise the area keeps what it had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from linter.account.client import (
    SESSION_NAME,
    Account,
    PullError,
    Refusal,
    Tell,
    make_client,
)
from linter.account.kinds import ENDPOINTS
from linter.account.snapshot import (
    MANIFEST,
    MARK,
    VERSION,
    Area,
    prepare,
    read_manifest,
    text_of,
    write_file,
)
from linter.version import __version__

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    ``pipelines`` are globs of names, all when empty; ``since`` is how far back executions go.
    ``roles`` are ARNs of roles to assume, one for each further account; ``organization`` is the
    name of a role in every account of the organisation.
    """

    regions: tuple[str, ...]
    pipelines: tuple[str, ...] = ()
    since: timedelta = timedelta(days=90)
    profile: str | None = None
    roles: tuple[str, ...] = ()
    organization: str | None = None
    costs: bool = False
    """Whether Cost Explorer is asked, which AWS bills."""


@dataclass(slots=True)
class AreaResult:
    """How it went with one account's region, or its global part."""

    account: str
    region: str
    objects: int = 0
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)
    failed: str = ""
    """Why nothing was put into the snapshot, ``""`` where it was."""


def pull(
    request: Request,
    root: Path,
    *,
    now: datetime | None = None,
    tell: Tell | None = None,
) -> list[AreaResult]:
    """Pull everything that is asked for, and write the manifest.

    ``tell`` hears how far it is. Raises :class:`PullError` where no account can
    be asked at all, :class:`~linter.account.snapshot.SnapshotError` where the folder cannot be
    used, ``OSError`` where it cannot be written.
    """
    moment = now or datetime.now(UTC)
    prepare(root)
    results: list[AreaResult] = []
    for session in _sessions(request):
        if isinstance(session, AreaResult):
            results.append(session)
            continue
        results += _pull_account(request, session, root, moment, tell)
    _write_manifest(root, request, moment, results)
    return results


def _pull_account(
    request: Request,
    session: Any,
    root: Path,
    moment: datetime,
    tell: Tell | None,
) -> list[AreaResult]:
    """Every region of one account, then what has none."""
    try:
        account_id, partition = identity(session, request.regions[0])
    except PullError as error:
        return [AreaResult("", "", failed=str(error))]
    results = []
    for region in request.regions:
        account = Account(session, account_id, partition, region, tell)
        area = Area(root, account_id, region)
        results.append(_guarded(account, area, partial(_region, account, area, request, moment)))
    account = Account(session, account_id, partition, "", tell)
    area = Area(root, account_id, "")
    results.append(_guarded(account, area, partial(_global, account, area, request, moment)))
    return results


def _guarded(account: Account, area: Area, work: Callable[[], object]) -> AreaResult:
    result = AreaResult(account.id, account.region or GLOBAL)
    try:
        work()
        area.commit()
    except PullError as error:
        result.failed = str(error)
    result.objects, result.known, result.refused = len(area), area.kept, account.refused
    return result


def _region(account: Account, area: Area, request: Request, moment: datetime) -> None:
    from linter.account.buckets import buckets_in, pull_buckets
    from linter.account.executions import pull_executions
    from linter.account.sagemaker import pull_pipelines, pull_resources
    from linter.account.surroundings import (
        pull_keys,
        pull_network,
        pull_quotas,
        pull_scaling,
        pull_schedules,
    )

    names = pull_pipelines(account, area, request.pipelines)
    resources = pull_resources(account, area)
    pull_executions(account, area, names, moment - request.since)
    pull_schedules(account, area)
    endpoints = [made for made in resources if made.type == ENDPOINTS.type]
    pull_scaling(account, area, endpoints, moment)
    known = (area.known("pipelines", name) for name in names)
    values: list[Any] = [found["Properties"] for found in known if found]
    values += [made.properties for made in resources]
    pull_keys(account, area, values)
    pull_network(account, area, values)
    pull_quotas(account, area, values)
    pull_buckets(account, area, buckets_in(values))


def _global(account: Account, area: Area, request: Request, moment: datetime) -> None:
    from linter.account.iam import pull_iam

    pull_iam(account, area)
    if request.costs:
        from linter.account.costs import pull_costs

        pull_costs(account, area, moment)


def identity(session: Any, region: str) -> tuple[str, str]:
    """The account's number and its partition. Raises :class:`PullError`."""
    account = Account(session, "", "aws", region)
    answer = account.call("sts", "get_caller_identity")
    arn = str(answer.get("Arn", ""))
    partition = arn.split(":")[1] if arn.count(":") > 4 else "aws"
    return str(answer["Account"]), partition


def _sessions(request: Request) -> Iterator[Any]:
    """A session for each account, or why it cannot be reached."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        own = boto3.session.Session(profile_name=request.profile)
    except BotoCoreError as error:
        raise PullError(" ".join(str(error).split())) from error
    if own.get_credentials() is None:
        raise PullError("no AWS credentials were found: log in, or give --profile")
    roles: list[str] = list(request.roles)
    if request.organization is not None:
        yield own
        try:
            roles += _organization_roles(own, request)
        except PullError as error:
            yield AreaResult("the organization", "", failed=str(error))
    if not roles:
        if request.organization is None:
            yield own
        return
    for role in roles:
        try:
            yield assumed(own, role, request.regions[0])
        except PullError as error:
            account = role.split(":")[4] if role.count(":") >= 5 else role
            yield AreaResult(account, "", failed=str(error))


def _organization_roles(own: Any, request: Request) -> list[str]:
    account_id, partition = identity(own, request.regions[0])
    account = Account(own, account_id, partition, "")
    accounts = list(account.pages("organizations", "list_accounts", "Accounts"))
    return [
        f"arn:{partition}:iam::{item['Id']}:role/{request.organization}"
        for item in accounts
        if item.get("Status") == "ACTIVE" and item["Id"] != account_id
    ]


def assumed(own: Any, role: str, region: str) -> Any:
    """A session with a role's credentials, which are renewed before they end.

    Raises :class:`PullError` where the role cannot be assumed.
    """
    import boto3
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError

    sts = make_client(own, "sts", region)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda *_, **__: sts,
        source_credentials=own.get_credentials(),
        role_arn=role,
        extra_args={"RoleSessionName": SESSION_NAME},
    )
    inner = botocore.session.get_session()
    credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    try:
        credentials.get_frozen_credentials()
    except (ClientError, BotoCoreError) as error:
        line = " ".join(str(error).split())[:300]
        raise PullError(f"the role cannot be assumed: {line}") from error
    inner._credentials = credentials
    return boto3.session.Session(botocore_session=inner, region_name=region)


def _write_manifest(
    root: Path, request: Request, moment: datetime, results: Sequence[AreaResult]
) -> None:
    """Say what was asked, when and what was denied; areas not asked about keep their entry."""
    before = read_manifest(root) or {}
    accounts: dict[str, Any] = dict(before.get("Accounts") or {})
    stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for result in results:
        if not result.account or not result.region:
            continue
        areas = dict(accounts.get(result.account) or {})
        if result.failed:
            entry = dict(areas.get(result.region) or {})
            entry["Failed"] = {"At": stamp, "Why": result.failed}
        else:
            entry = {
                "Pulled": stamp,
                "Objects": result.objects,
                "Denied": [
                    {"Operation": item.operation, "What": item.what, "Message": item.message}
                    for item in sorted(result.refused, key=lambda item: item.operation)
                ],
            }
        areas[result.region] = entry
        accounts[result.account] = areas
    manifest = {
        MARK: VERSION,
        "Tool": f"pipewarden {__version__}",
        "Asked": {
            "Regions": list(request.regions),
            "Pipelines": list(request.pipelines) or ["*"],
            "SinceDays": request.since.days,
        },
        "Accounts": accounts,
    }
    write_file(root / MANIFEST, text_of(manifest))


def incomplete(results: Iterable[AreaResult]) -> bool:
    """Whether something that was asked for is missing."""
    return any(result.failed or result.refused for result in results)
