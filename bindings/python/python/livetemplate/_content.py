"""Trusted text: types that say where a text may stand unescaped. Never wrap what a user wrote."""


class HTML(str):
    """A fragment of HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        """The text itself, so that other libraries take it as HTML too."""
        return str(self)


class HTMLAttr(str):
    """A ``name="value"`` pair inside a start tag."""

    __slots__ = ()


class JS(str):
    """A JavaScript expression."""

    __slots__ = ()


class JSStr(str):
    """Characters between JavaScript quotes."""

    __slots__ = ()


class CSS(str):
    """A style sheet, rule, declaration or value."""

    __slots__ = ()


class URL(str):
    """A URL or a part of one."""

    __slots__ = ()


class Srcset(str):
    """The value of a ``srcset`` attribute."""

    __slots__ = ()
