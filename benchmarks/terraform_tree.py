"""Writes an ordinary Terraform tree of about 800 files and 2 MB, and times reading it.

``python benchmarks/terraform_tree.py DIRECTORY`` writes the tree (the same one every time);
``--time`` discovers, parses and evaluates it afterwards and prints the seconds of each run.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

STACKS = 80
"""Root modules; each has ten files, of which one belongs to a local module it calls twice."""

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1")

_VARIABLES = """\
variable "name" {{
  description = "Name of the {team} stack, used as a prefix of everything it creates"
  type        = string
  default     = "{team}-{index}"
}}

variable "environment" {{
  description = "Deployment environment"
  type        = string
  default     = "{environment}"

  validation {{
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment must be dev, staging or prod."
  }}
}}

variable "vpc_id" {{
  description = "The network everything runs in"
  type        = string
}}

variable "subnet_ids" {{
  description = "Private subnets"
  type        = list(string)
  default     = []
}}

variable "instances" {{
  description = "Processing instances by job"
  type = map(object({{
    type   = string
    count  = optional(number, 1)
    volume = optional(number, 30)
  }}))
  default = {{
    prepare  = {{ type = "ml.m5.{size}" }}
    evaluate = {{ type = "ml.m5.xlarge", count = {count} }}
  }}
}}
"""

_LOCALS = """\
locals {{
  prefix = "${{var.name}}-${{var.environment}}"
  region = "{region}"
  tags = merge(
    {{
      Team        = "{team}"
      Environment = var.environment
      ManagedBy   = "terraform"
    }},
    var.environment == "prod" ? {{ Tier = "1" }} : {{}},
  )
  queues  = {{ for name in ["ingest", "score", "notify"] : name => "${{local.prefix}}-${{name}}" }}
  largest = max([for job in values(var.instances) : job.volume]...)
}}
"""

_BUCKETS = """\
resource "aws_s3_bucket" "data_{n}" {{
  bucket = "${{local.prefix}}-data-{n}"
  tags   = merge(local.tags, {{ Name = "${{local.prefix}}-data-{n}" }})
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "data_{n}" {{
  bucket = aws_s3_bucket.data_{n}.id

  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }}
  }}
}}

resource "aws_s3_bucket_public_access_block" "data_{n}" {{
  bucket                  = aws_s3_bucket.data_{n}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = {public}
}}
"""

_KEY = """\
resource "aws_kms_key" "main" {{
  description             = "Data of ${{local.prefix}}"
  deletion_window_in_days = {days}
  enable_key_rotation     = true
  tags                    = local.tags
}}

resource "aws_kms_alias" "main" {{
  name          = "alias/${{local.prefix}}"
  target_key_id = aws_kms_key.main.key_id
}}
"""

_ROLE = """\
data "aws_iam_policy_document" "trust_{n}" {{
  statement {{
    actions = ["sts:AssumeRole"]

    principals {{
      type        = "Service"
      identifiers = ["{service}.amazonaws.com"]
    }}
  }}
}}

data "aws_iam_policy_document" "access_{n}" {{
  statement {{
    sid       = "ReadData"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [aws_s3_bucket.data_0.arn, "${{aws_s3_bucket.data_0.arn}}/*"]
  }}

  statement {{
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main.arn]

    condition {{
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [local.region]
    }}
  }}
}}

resource "aws_iam_role" "worker_{n}" {{
  name               = "${{local.prefix}}-worker-{n}"
  assume_role_policy = data.aws_iam_policy_document.trust_{n}.json
  tags               = local.tags
}}

resource "aws_iam_role_policy" "worker_{n}" {{
  name   = "access"
  role   = aws_iam_role.worker_{n}.id
  policy = data.aws_iam_policy_document.access_{n}.json
}}

resource "aws_iam_role_policy" "logs_{n}" {{
  name = "logs"
  role = aws_iam_role.worker_{n}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:aws:logs:${{local.region}}:*:log-group:/{team}/${{var.environment}}:*"
    }}]
  }})
}}
"""

_PIPELINE = """\
resource "aws_sagemaker_pipeline" "main" {{
  pipeline_name         = "${{local.prefix}}-{n}"
  pipeline_display_name = "{team}-{n}"
  role_arn              = aws_iam_role.worker_0.arn

  pipeline_definition = jsonencode({{
    Version = "2020-12-01"
    Steps = [for job, shape in var.instances : {{
      Name = job
      Type = "Processing"
      Arguments = {{
        RoleArn          = aws_iam_role.worker_0.arn
        AppSpecification = {{
          ImageUri = "123456789012.dkr.ecr.${{local.region}}.amazonaws.com/${{job}}:1"
        }}
        ProcessingResources = {{
          ClusterConfig = {{
            InstanceType   = shape.type
            InstanceCount  = shape.count
            VolumeSizeInGB = shape.volume
          }}
        }}
      }}
    }}]
  }})
}}
"""

_NETWORK = """\
resource "aws_security_group" "service_{n}" {{
  name        = "${{local.prefix}}-service-{n}"
  description = "Traffic of service {n}"
  vpc_id      = var.vpc_id

  dynamic "ingress" {{
    for_each = toset(["443", "{port}"])
    content {{
      description = "Port ${{ingress.value}}"
      from_port   = tonumber(ingress.value)
      to_port     = tonumber(ingress.value)
      protocol    = "tcp"
      cidr_blocks = [cidrsubnet("10.0.0.0/8", 8, {octet})]
    }}
  }}

  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}

  tags = local.tags
}}

resource "aws_cloudwatch_log_group" "service_{n}" {{
  name              = "/{team}/${{var.environment}}/service-{n}"
  retention_in_days = lookup({{ dev = 7, prod = 365 }}, var.environment, 30)
}}
"""

_QUEUES = """\
resource "aws_sqs_queue" "queue" {{
  for_each = local.queues

  name                       = each.value
  visibility_timeout_seconds = {timeout}
  sqs_managed_sse_enabled    = true
  tags                       = merge(local.tags, {{ Queue = each.key }})
}}

module "alarms" {{
  source = "./alarms"
  for_each = toset(["errors", "latency"])

  name      = "${{local.prefix}}-${{each.key}}"
  threshold = each.key == "errors" ? {timeout} : 500
  tags      = local.tags
}}
"""

_OUTPUTS = """\
output "bucket_{n}" {{
  description = "The data bucket"
  value       = aws_s3_bucket.data_{n}.bucket
}}

output "role_{n}" {{
  value = try(aws_iam_role.worker_{n}.arn, null)
}}
"""

_MODULE = """\
variable "name" {
  type = string
}

variable "threshold" {
  type    = number
  default = 1
}

variable "tags" {
  type    = map(string)
  default = {}
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = var.name
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  threshold           = var.threshold
  alarm_description   = <<-EOT
    ${title(var.name)} is above %{if var.threshold > 100}its limit%{else}normal%{endif}.
    Look at the dashboard first.
  EOT
  tags                = var.tags
}

output "name" {
  value = aws_cloudwatch_metric_alarm.this.alarm_name
}
"""


def _stack(index: int, dice: random.Random) -> dict[str, str]:
    facts = {
        "index": index,
        "team": dice.choice(("fraud", "search", "pricing", "vision", "churn")),
        "environment": dice.choice(("dev", "staging", "prod")),
        "region": dice.choice(REGIONS),
        "size": dice.choice(("large", "xlarge", "2xlarge")),
        "count": dice.randint(1, 4),
        "days": dice.randint(7, 30),
        "timeout": dice.randint(30, 900),
        "service": dice.choice(("sagemaker", "lambda", "ecs-tasks")),
        "public": dice.choice(("true", "true", "false")),
    }

    def repeated(template: str, times: int) -> str:
        return "\n".join(
            template.format(n=n, port=dice.randint(1024, 9000), octet=dice.randint(0, 255), **facts)
            for n in range(times)
        )

    return {
        "variables.tf": _VARIABLES.format(**facts),
        "locals.tf": _LOCALS.format(**facts),
        "buckets.tf": repeated(_BUCKETS, 8),
        "key.tf": _KEY.format(**facts),
        "roles.tf": repeated(_ROLE, 4),
        "pipeline.tf": _PIPELINE.format(n=0, **facts),
        "network.tf": repeated(_NETWORK, 8),
        "queues.tf": _QUEUES.format(**facts),
        "outputs.tf": repeated(_OUTPUTS, 4),
        "alarms/main.tf": _MODULE,
    }


def write(folder: Path, stacks: int = STACKS) -> tuple[int, int]:
    """Write the tree; returns the number of files and of bytes."""
    dice = random.Random(20260101)
    files = size = 0
    for index in range(stacks):
        for name, text in _stack(index, dice).items():
            path = folder / f"stack{index:03d}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            files += 1
            size += len(text)
    return files, size


def _seconds(folder: Path) -> tuple[float, int]:
    from linter.core.sources import Source
    from linter.readers.terraform import read_terraform

    started = time.perf_counter()
    sources = {
        path.relative_to(folder).as_posix(): Source(
            path.relative_to(folder).as_posix(), path.read_text("utf-8")
        )
        for path in sorted(folder.rglob("*.tf"))
    }
    result = read_terraform(sources, root=folder, base=folder)
    return time.perf_counter() - started, len(result.documents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--stacks", type=int, default=STACKS, help="root modules to write")
    parser.add_argument("--time", action="store_true", help="read the tree three times")
    options = parser.parse_args()
    files, size = write(options.directory, options.stacks)
    print(f"{files} files, {size:,} bytes in {options.directory}")
    if options.time:
        for _ in range(3):
            seconds, documents = _seconds(options.directory)
            print(f"{seconds:.2f} s, {documents} documents")


if __name__ == "__main__":
    main()
