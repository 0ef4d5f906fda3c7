"""A project that holds every kind of thing a review page shows, and reading such a page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.e2e.running import pipewarden

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
ROLE = "arn:aws:iam::123456789012:role/ml"

MAIN = """\
provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "west"
  region = "eu-west-1"
}

resource "aws_iam_role" "ml" {
  name               = "ml"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "ml" {
  role   = aws_iam_role.ml.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

resource "aws_sagemaker_pipeline" "forecast" {
  pipeline_name         = "forecast"
  pipeline_display_name = "forecast"
  role_arn              = aws_iam_role.ml.arn
  pipeline_definition   = file("${path.module}/defs/forecast.json")
}

resource "aws_scheduler_schedule" "often" {
  schedule_expression = "rate(6 hours)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_sagemaker_pipeline.forecast.arn
    role_arn = aws_iam_role.ml.arn
    sagemaker_pipeline_parameters {}
  }
}

module "west" {
  source    = "./fraud"
  providers = { aws = aws.west }
  role_arn  = aws_iam_role.ml.arn
}

resource "aws_sagemaker_notebook_instance" "lab" {
  name          = "lab"
  role_arn      = aws_iam_role.ml.arn
  instance_type = "ml.g5.2xlarge" # pipewarden: ignore[COST025] -- the team needs it until spring
}

resource "aws_sagemaker_notebook_instance" "odd" {
  name          = "odd"
  role_arn      = aws_iam_role.ml.arn
  instance_type = "ml.q9.16xlarge"
}
"""

FRAUD = """\
variable "role_arn" {
  type = string
}

variable "scorer" {
  type = string
}

resource "aws_sagemaker_pipeline" "fraud" {
  for_each              = toset(["cards", "transfers"])
  pipeline_name         = "fraud-${each.key}"
  pipeline_display_name = "fraud"
  role_arn              = var.role_arn
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [
      { Name = "Train", Type = "Training", Arguments = {
        AlgorithmSpecification = {
          TrainingImage     = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
          TrainingInputMode = "File"
        }
        ResourceConfig = {
          InstanceType   = "ml.g5.12xlarge"
          InstanceCount  = 4
          VolumeSizeInGB = 100
        }
        OutputDataConfig  = { S3OutputPath = "s3://b/o" }
        StoppingCondition = { MaxRuntimeInSeconds = 86400 }
        RoleArn           = var.role_arn
      } },
      { Name = "Score", Type = "Processing", DependsOn = ["Train"], Arguments = {
        AppSpecification = { ImageUri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/s:latest" }
        ProcessingResources = {
          ClusterConfig = { InstanceType = var.scorer, InstanceCount = 1, VolumeSizeInGB = 30 }
        }
        RoleArn = var.role_arn
      } },
    ]
  })
}

resource "aws_sagemaker_endpoint_configuration" "online" {
  name = "online"
  production_variants {
    variant_name           = "main"
    model_name             = "m"
    instance_type          = "ml.c5.2xlarge"
    initial_instance_count = 3
  }
}

resource "aws_sagemaker_endpoint" "online" {
  name                 = "online"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.online.name
}
"""


def processing(name: str, kind: str = "ml.m5.4xlarge", count: int = 1, **more: Any) -> dict:
    """A processing step."""
    cluster = {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 50}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": {"ImageUri": f"{REGISTRY}/prepare:latest"},
            "ProcessingResources": {"ClusterConfig": cluster},
            "RoleArn": ROLE,
        },
        **more,
    }


def training(name: str, kind: str = "ml.p3.2xlarge", count: int = 2, **more: Any) -> dict:
    """A training step."""
    return {
        "Name": name,
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": f"{REGISTRY}/t:1",
                "TrainingInputMode": "File",
            },
            "ResourceConfig": {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 100},
            "OutputDataConfig": {"S3OutputPath": "s3://b/m"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 36000},
            "RoleArn": ROLE,
        },
        **more,
    }


def definition(*steps: dict) -> str:
    return json.dumps({"Version": "2020-12-01", "Steps": list(steps)}, indent=1)


LONG_NAME = "RetrainOnEverythingWithTheLongestHistoryThatIsInTheLake"
REGIONS = ("North", "South", "East", "West")


def forecast() -> str:
    """A wide and deep pipeline with a condition: more levels than a tile of the drawing has."""
    sources = [processing("Orders"), processing("Weather", "ml.t3.medium")]
    trainings = [training(f"Train{region}", DependsOn=["Features"]) for region in REGIONS]
    condition = {
        "Name": "GoodEnough",
        "Type": "Condition",
        "DependsOn": ["Evaluate"],
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
            "IfSteps": [training(LONG_NAME, "ml.p4d.24xlarge", 1)],
            "ElseSteps": [{"Name": "Tell", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
        },
    }
    return definition(
        *sources,
        processing("Join", "ml.m5.12xlarge", 4, DependsOn=["Orders", "Weather"]),
        processing("Features", "ml.m5.12xlarge", 2, DependsOn=["Join"]),
        *trainings,
        processing("Evaluate", DependsOn=[f"Train{region}" for region in REGIONS]),
        condition,
    )


def write(folder: Path) -> Path:
    """Two regions, four pipelines, standing resources, things without a price, a broken file."""
    (folder / "defs").mkdir(parents=True)
    (folder / "fraud").mkdir()
    (folder / "main.tf").write_text(MAIN)
    (folder / "fraud" / "main.tf").write_text(FRAUD)
    (folder / "defs" / "forecast.json").write_text(forecast())
    exotic = training("Exotic", "ml.q9.48xlarge", 1)
    strange = {"Name": "Strange", "Type": "Quantum", "DependsOn": ["After"], "Arguments": {}}
    lone = definition(exotic, processing("After", "ml.m5.large", DependsOn=["Exotic"]), strange)
    (folder / "defs" / "lone.json").write_text(lone)
    (folder / "broken.tf").write_text('resource "aws_iam_role" "x" {\n  name = \n}\n')
    return folder


# --- reading a page -----------------------------------------------------------------------------

VOID = frozenset({"meta", "input", "br", "rect", "path"})


@dataclass
class Cell:
    text: str = ""
    span: int = 1


@dataclass
class Table:
    caption: str = ""
    head: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    body: list[list[Cell]] = field(default_factory=list)
    foot: list[list[Cell]] = field(default_factory=list)

    def column(self, name: str) -> list[str]:
        at = self.head.index(name)
        return [row[at].text for row in self.body]

    def row(self, start: str) -> dict[str, str]:
        """The row of the body whose heading starts so, by column."""
        for row in self.body:
            if any(cell.text.startswith(start) for cell in row[:2]):
                return dict(zip(self.head, (cell.text for cell in row), strict=True))
        raise AssertionError(f"no row {start}")

    def sums(self, number: int) -> dict[str, str]:
        """A row of the foot by column; cells over several columns stand at the last of them."""
        texts: list[str] = []
        for cell in self.foot[number]:
            texts += [""] * (cell.span - 1) + [cell.text]
        return dict(zip(self.head, texts, strict=True))


class Page(HTMLParser):
    """Checks nesting and collects what is in a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.tables: list[Table] = []
        self.labels: list[str] = []
        """Texts in drawings."""
        self._part = ""
        self.feed(source)
        self.close()
        assert self.open == []

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def table(self, caption: str) -> Table:
        """The one whose caption starts so."""
        found = [table for table in self.tables if table.caption.startswith(caption)]
        assert len(found) == 1, [table.caption for table in self.tables]
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in values.items()]
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        elif tag == "table":
            self.tables.append(Table())
        elif tag in ("thead", "tbody", "tfoot"):
            self._part = tag
        elif tag == "tr" and self._part in ("tbody", "tfoot"):
            table = self.tables[-1]
            (table.body if self._part == "tbody" else table.foot).append([])
        elif tag == "th" and self._part == "thead":
            self.tables[-1].head.append("")
            self.tables[-1].scopes.append(values.get("scope", ""))
        elif tag in ("td", "th"):
            rows = self.tables[-1].body if self._part == "tbody" else self.tables[-1].foot
            rows[-1].append(Cell(span=int(values.get("colspan", "1"))))
            if tag == "th":
                self.tables[-1].scopes.append(values.get("scope", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            return
        self.texts.append(data)
        if self.open and self.open[-1] == "text":
            self.labels.append(data)
        inside = set(self.open)
        if self.headings and re.fullmatch(r"h[1-6]", self.open[-1] if self.open else ""):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)
        if "table" not in inside:
            return
        table = self.tables[-1]
        if "caption" in inside:
            table.caption += data
        elif "thead" in inside and "th" in inside:
            table.head[-1] += data
        elif inside & {"td", "th"}:
            rows = table.body if self._part == "tbody" else table.foot
            rows[-1][-1].text += data


def amount(text: str) -> Decimal | None:
    """What a cell adds to a column; ``None`` for what is no number."""
    text = text.replace("≥", "").replace("\xa0", "").strip()
    if text in ("", "free", "no price", "none"):
        return Decimal(0)
    found = re.fullmatch(r"([−+]?)\$?([\d,]+(?:\.\d+)?)(?:critical|high|medium|low|info)?", text)
    if found is None:
        return None
    number = Decimal(found[2].replace(",", ""))
    return -number if found[1] == "−" else number


def review(folder: Path, *options: str, code: int | None = 0, **environment: str) -> Page:
    """The page of a folder, beside the folder."""
    file = folder.parent / f"{folder.name}.html"
    ran = pipewarden("report", ".", "-o", str(file), *options, cwd=folder, **environment)
    assert code is None or (ran.code, bool(ran.err)) == (code, code == 3), ran
    return Page(file.read_text("utf-8"))
