"""Many instances of one block are evaluated one by one, up to a bound that is said."""

from __future__ import annotations

from linter.core.values import Unknown, lookup
from linter.readers.terraform.repetition import MAX_IN_INSTANCES, MAX_INSTANCES
from tests.terraform.reading import read


def _buckets(count: int, modules: int = 0) -> dict[str, str]:
    block = (
        f'resource "aws_s3_bucket" "b" {{\n  count = {count}\n  bucket = "b-${{count.index}}"\n}}\n'
    )
    if not modules:
        return {"main.tf": block}
    call = f'module "m" {{\n  source = "./m"\n  count = {modules}\n}}\n'
    return {"main.tf": call, "m/main.tf": block}


def test_each_of_many_instances_is_read() -> None:
    found = [d for d in read(_buckets(300)).documents if d.type == "aws_s3_bucket"]
    assert [lookup(d.value, "bucket") for d in found] == [f"b-{number}" for number in range(300)]


def test_of_more_one_stands_for_all() -> None:
    (only,) = [d for d in read(_buckets(MAX_INSTANCES + 1)).documents if d.type == "aws_s3_bucket"]
    assert only.address == "aws_s3_bucket.b[…]"
    assert only.instances == MAX_INSTANCES + 1
    assert not isinstance(lookup(only.value, "bucket"), str | Unknown)  # "b-" and what is not known


def test_instances_of_modules_and_of_blocks_are_bounded_together() -> None:
    found = read(_buckets(MAX_IN_INSTANCES + 1, modules=300)).documents
    assert len([d for d in found if d.type == "aws_s3_bucket"]) == 300
    found = read(_buckets(MAX_IN_INSTANCES, modules=2)).documents
    assert len([d for d in found if d.type == "aws_s3_bucket"]) == 2 * MAX_IN_INSTANCES
