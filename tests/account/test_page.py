"""Every command of docs/account.md, in order, on an account."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from tests.account.conftest import ACCOUNT, Cloud, definition
from tests.account.test_drift import code
from tests.e2e.test_docs import OF_AN_ACCOUNT, ROOT, commands


def test_the_commands_of_the_page_work(cloud: Cloud, tmp_path: Path) -> None:
    cloud.fake.answers["AWSOrganizationsV20161128.ListAccounts"] = lambda body: {
        "Accounts": [{"Id": ACCOUNT, "Status": "ACTIVE"}]
    }
    (tmp_path / "aws").write_text("[profile audit]\nregion = eu-west-1\n")
    cloud.environment["AWS_CONFIG_FILE"] = str(tmp_path / "aws")
    code(tmp_path, definition(cloud.role))
    lines = commands(ROOT / "docs" / OF_AN_ACCOUNT)
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(line, comments=True)
        if "--profile" in words:  # credentials come from the profile alone
            (tmp_path / "keys").write_text(
                "[audit]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
            )
            cloud.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "keys")
        done = cloud.run(*words[1:], cwd=tmp_path)
        expected = 1 if words[1] == "check" else 0
        assert done.returncode == expected, (line, done.stdout[-500:], done.stderr)
    manifest = json.loads((tmp_path / "snapshot" / "manifest.json").read_text())
    assert set(manifest["Accounts"]) == {ACCOUNT, "111122223333", "444455556666"}
