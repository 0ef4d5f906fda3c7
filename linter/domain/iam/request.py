"""What is asked of a policy: may this principal do this to that, in these circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.record import field, record
from linter.core.values import MISSING, Unknown

_NOT_GIVEN = Unknown("the request's context is not known")


@record
class Request:
    """One call to AWS.

    Args:
        action: ``s3:GetObject``; case does not matter.
        resource: the ARN it acts on, as far as it is known; ``Unknown`` stands for any.
        principal: who asks: an ARN, or a service (``sagemaker.amazonaws.com``); ``MISSING`` where
            no policy with principals is asked.
        context: values by condition key; keys in lower case, each value a text or a list of them,
            ``None`` for a key that is certainly absent.
        complete: whether a key that is not in ``context`` is absent; else it is not known.
    """

    action: str
    resource: Any = "*"
    principal: Any = MISSING
    context: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False

    def values(self, key: str) -> list[Any] | Unknown | None:
        """The values of a condition key, ``None`` when it is absent, unknown when it may be."""
        found = self.context.get(key.lower(), MISSING)
        if found is MISSING:
            return None if self.complete else _NOT_GIVEN
        if found is None or isinstance(found, Unknown):
            return found
        return found if isinstance(found, list) else [found]
