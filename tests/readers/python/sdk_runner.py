"""Run by an interpreter that has the SDK: scripts in, definitions out, a line of JSON each.

Nothing is called: every request to AWS is answered here. Not imported by the tests.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import types
import warnings
from pathlib import Path

os.environ.update(
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_ACCESS_KEY_ID="x",
    AWS_SECRET_ACCESS_KEY="x",
    AWS_EC2_METADATA_DISABLED="true",
    SAGEMAKER_SUPPRESS_V2_WARNING="1",
)
warnings.simplefilter("ignore")
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
logging.disable(logging.CRITICAL)

import botocore.client  # noqa: E402


def answer(self, operation_name, parameters):
    if operation_name == "GetCallerIdentity":
        return {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:role/r", "UserId": "u"}
    if operation_name == "GetRole":
        return {"Role": {"Arn": f"arn:aws:iam::111122223333:role/{parameters['RoleName']}"}}
    if operation_name == "DescribeModel":
        arn = f"arn:aws:sagemaker:eu-west-1:111122223333:model/{parameters['ModelName']}"
        made = {"ModelName": parameters["ModelName"], "ModelArn": arn, "CreationTime": 0}
        return made | {"PrimaryContainer": {"Image": "x"}}
    if operation_name == "ListBuckets":
        return {"Buckets": []}
    if operation_name == "ListObjectsV2":
        return {"KeyCount": 0, "Contents": []}
    return {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}


botocore.client.BaseClient._make_api_call = answer


ELSEWHERE = types.ModuleType("elsewhere")
ELSEWHERE.hidden = lambda make: make()
sys.modules["elsewhere"] = ELSEWHERE


def definitions(script: str) -> list[str]:
    names: dict[str, object] = {"__name__": "__main__", "__file__": "pipeline.py"}
    exec(compile(script, "pipeline.py", "exec"), names)
    found = []
    for value in names.values():
        if type(value).__name__ == "Pipeline" and hasattr(value, "definition"):
            found.append(json.loads(value.definition()))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for name in ("script.py", "other.py"):
            Path(name).write_text("print(1)\n")
        OUT.write("ready\n")
        OUT.flush()
        for line in sys.stdin:
            try:
                said = {"definitions": definitions(json.loads(line))}
            except BaseException as error:
                said = {"error": f"{type(error).__name__}: {error}"[:500]}
            OUT.write(json.dumps(said) + "\n")
            OUT.flush()


main()
