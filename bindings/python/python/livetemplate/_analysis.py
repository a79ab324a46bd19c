"""What can be told of a template before it is rendered: types of the members of a dict."""

from typing import Literal, TypedDict


class Construct(TypedDict):
    """An action of a template."""

    template: str
    line: int
    column: int
    kind: Literal["interpolation", "variable", "if", "with", "range", "call"]
    action: str
    supported: bool
    reason: str | None


class FragmentAnalysis(TypedDict):
    """A part of a page that updates address: an element, or the live region."""

    template: str
    line: int
    column: int
    element: str
    id_kind: Literal["literal", "dynamic", "made"]
    id: str | None
    in_range: bool
    paths: list[str]
    estimated_size: int
    complexity: Literal["simple", "moderate", "complex", "very_complex"]
    value_updates: bool


class Interpolation(TypedDict):
    """A value in the output, and how it is escaped."""

    template: str
    line: int
    column: int
    action: str
    context: str
    attributes: list[str]
    escapers: list[str]


class AnalysisWarning(TypedDict):
    """A value in the output that Go's escaping does not protect."""

    template: str
    line: int
    column: int
    action: str
    attribute: str
    reason: str


class Analysis(TypedDict):
    """What can be told of a template before it is rendered. ``docs/analysis.md`` has the rules."""

    mode: Literal["value_patch", "fragment_replace"]
    expected_reduction: float
    supported: int
    unsupported: int
    support_percentage: float
    reasons: list[str]
    recommendations: list[str]
    hash: str
    constructs: list[Construct]
    fragments: list[FragmentAnalysis]
    interpolations: list[Interpolation]
    warnings: list[AnalysisWarning]
    outside: list[Construct]
