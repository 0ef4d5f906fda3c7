"""Well-known modules of the registry that are not on disk, read from their arguments.

``registry/`` holds, for each, the resources that the published module makes of its arguments, as
far as rules look at them, under the same addresses. Where a module is installed, it is read itself.
What a call gives besides is passed over, and an output that is not declared there is unknown.

Sources: https://github.com/terraform-aws-modules, terraform-aws-iam 5.59 and 6.5,
terraform-aws-s3-bucket 5.x, terraform-aws-lambda 8.x, as of November 2026.
"""

from __future__ import annotations

from importlib import resources

from linter.core.regex import lazy_regex
from linter.core.sources import GivenText
from linter.readers.terraform.config import ModuleConfig, Parsed, build
from linter.readers.terraform.syntax.parser import parse_file
from linter.readers.terraform.syntax.tree import Block

_SOURCE = lazy_regex(
    r"(?:registry\.terraform\.io/)?terraform-aws-modules/(?P<name>[a-z0-9-]+)/aws"
    r"(?://modules/(?P<inner>[a-z0-9-]+))?"
    r"|(?:git::)?(?:https://|ssh://git@|git@)?github\.com[/:]terraform-aws-modules/"
    r"terraform-aws-(?P<repository>[a-z0-9-]+?)(?:\.git)?(?://modules/(?P<within>[a-z0-9-]+))?"
    r"(?:\?[^\s]*)?"
)
_KNOWN = {
    ("s3-bucket", ""): "s3-bucket",
    ("lambda", ""): "lambda",
    ("iam", "iam-policy"): "iam-policy",
    ("iam", "iam-role"): "iam-role",
    ("iam", "iam-assumable-role"): "iam-assumable-role",
}


def stand_in(source: str, directory: str, call: Block) -> ModuleConfig | None:
    """What stands for a module of the registry; ``None`` where it is none of the known ones.

    Every place in it is that of the call.
    """
    matched = _SOURCE.fullmatch(source)
    if matched is None:
        return None
    name = matched["name"] or matched["repository"]
    known = _KNOWN.get((name, matched["inner"] or matched["within"] or ""))
    if known is None:
        return None
    folder = resources.files("linter.readers.terraform") / "registry"
    text = (folder / f"{known}.tf").read_text(encoding="utf-8")
    place = call.origin
    written = GivenText(text, place.source, place.start, place.end)
    config = build(directory, [Parsed(written, *parse_file(written))])
    config.stands_in = True
    return config
