"""How calls are tried again when AWS throttles."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from linter.account.client import ATTEMPTS, make_client


def retries(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    for name in ("AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    found: dict[str, Any] = make_client(session, "sagemaker", "eu-west-1").meta.config.retries
    return found


def test_calls_slow_down_when_aws_throttles(monkeypatch: pytest.MonkeyPatch) -> None:
    assert retries(monkeypatch) == {"mode": "adaptive", "total_max_attempts": ATTEMPTS + 1}


def test_the_variables_of_the_aws_cli_count(monkeypatch: pytest.MonkeyPatch) -> None:
    found = retries(monkeypatch, AWS_RETRY_MODE="standard", AWS_MAX_ATTEMPTS="2")
    assert found == {"mode": "standard", "total_max_attempts": 2}
