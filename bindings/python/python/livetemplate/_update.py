"""What an update sent and changed: types of the members of a dict."""

from typing import Any, Literal, TypedDict


class Fragment(TypedDict):
    """A change of a fragment in the format ``fragments``.

    ``data`` is what the client gets; ``expected_reduction`` and ``reduction`` are the share of the page's full render that the strategy
    is expected to save at least, and that was saved.
    """

    id: str
    strategy: Literal["static_dynamic", "markers", "granular", "replacement"]
    action: Literal["update", "insert", "remove", "replace"]
    data: dict[str, Any]
    reason: str
    expected_reduction: float
    reduction: float


class HtmlChange(TypedDict):
    """One thing that changed in a page whose HTML is compared.

    ``element`` is the name of the element that it happened to, or in whose content or attributes, empty where that is not known; ``key``
    that of the list's item that the element is or stands in.
    """

    kind: Literal["text", "attribute", "added", "removed", "changed", "moved"]
    element: str
    key: str | None
