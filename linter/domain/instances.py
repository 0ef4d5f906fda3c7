"""What an ML instance type's name says about the machine.

The facts follow AWS's documentation: the instance families of Amazon SageMaker AI and of EC2, the
note on encryption of instances with NVMe-based storage, and EC2's list of previous generations.
A name that is not known by family is still parsed; only the facts are then absent.
"""

from __future__ import annotations

import re
from functools import lru_cache

from linter.core.record import record
from linter.core.regex import lazy_regex

_NAME = lazy_regex(r"(?:ml\.)?([a-z]+\d+[a-z]*(?:-[a-z0-9]+)*)\.([a-z0-9-]+)", re.ASCII)

GPU_FAMILIES = frozenset(
    "p2 p3 p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 g3 g4dn g5 g6 g6e g6f gr6 gr6f g7 "
    "g7e".split()
)
ACCELERATOR_FAMILIES = frozenset("inf1 inf2 trn1 trn1n trn2 trn2n trn3 dl1 dl2q".split())
PREVIOUS_GENERATIONS = frozenset("t2 m1 m2 m3 m4 c1 c3 c4 r3 r4 p2 p3 g2 g3 i2 eia1".split())
_OTHER_LOCAL_STORAGE = frozenset(
    "p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 g4dn g5 g6 g6e g6f gr6 gr6f g7 g7e trn1 "
    "trn1n trn2 trn2n trn3 dl1 i2 i3 i3en i4i i4g i7i i7ie i8g".split()
)


@record
class Instance:
    """One instance type: ``ml.m5d.2xlarge`` is family ``m5d``, size ``2xlarge``."""

    name: str
    family: str
    size: str

    @property
    def gpu(self) -> bool:
        return self.family in GPU_FAMILIES

    @property
    def accelerated(self) -> bool:
        """A GPU, Trainium, Inferentia or Gaudi machine."""
        return self.gpu or self.family in ACCELERATOR_FAMILIES

    @property
    def local_storage(self) -> bool:
        """NVMe disks that the hardware encrypts: a KMS key for the volume is not accepted."""
        if self.family in _OTHER_LOCAL_STORAGE:
            return True
        match = re.fullmatch(r"[a-z]+\d+([a-z]*)", self.family)
        return match is not None and not self.accelerated and "d" in match[1]

    @property
    def burstable(self) -> bool:
        return re.match(r"t\d", self.family) is not None

    @property
    def graviton(self) -> bool:
        """An Arm processor of AWS: the letter ``g`` behind the generation."""
        match = re.fullmatch(r"[a-z]+(\d+)([a-z]*)", self.family)
        return (
            match is not None and not self.accelerated and ("g" in match[2] or self.family == "a1")
        ) or self.family == "g5g"

    @property
    def previous_generation(self) -> bool:
        return self.family in PREVIOUS_GENERATIONS

    @property
    def spot_unsupported(self) -> bool:
        """Families that only run in capacity reserved for them."""
        return self.family.startswith(("p6e", "trn2u"))


CLASSES = (
    "gpu",
    "accelerated",
    "local_storage",
    "burstable",
    "graviton",
    "previous_generation",
    "spot_unsupported",
)
"""The words a rule's ``instance:`` test may use."""


@lru_cache(maxsize=1024)
def parse(instance_type: str) -> Instance | None:
    """The parts of a name with or without ``ml.``; ``None`` when it is no instance type."""
    match = _NAME.fullmatch(instance_type)
    return Instance(instance_type, match[1], match[2]) if match else None


def is_in_class(instance: Instance, word: str) -> bool:
    """Whether the instance is in one of :data:`CLASSES`."""
    if word not in CLASSES:
        raise ValueError(f"{word!r} is not a class of instances")
    return bool(getattr(instance, word))
