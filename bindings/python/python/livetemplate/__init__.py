"""Pages that update themselves, as an engine that web servers embed.

A :class:`Template` is a Go html/template; it renders data to HTML byte for byte as Go does. An :class:`Application` keeps
:class:`Page` objects, one per browser session; given new data, a page answers with the smallest :class:`Update` that
brings the browser up to date.

Data is made of ``None``, ``bool``, ``int`` (64 bits), ``float``, ``str``, ``bytes``, ``datetime``, lists, tuples and dicts with
``str``, ``int`` or ``bool`` keys. A naive ``datetime`` is taken as UTC. Text that must not be escaped is marked by its
type: :class:`HTML`, :class:`HTMLAttr`, :class:`JS`, :class:`JSStr`, :class:`CSS`, :class:`URL`, :class:`Srcset`; an object whose
class has ``__html__`` is HTML too. Text with lone surrogates gets U+FFFD in their place.

Everything the engine raises derives from :class:`Error`; see :mod:`livetemplate.errors`.
"""

from . import errors
from ._content import CSS, HTML, JS, URL, HTMLAttr, JSStr, Srcset
from ._livetemplate import (
    GO_PROFILE,
    Application,
    Page,
    Template,
    Update,
    UpdateStats,
    __version__,
)
from .errors import *  # noqa: F403 (its __all__ is the table of codes)

__all__ = [
    "CSS",
    "GO_PROFILE",
    "HTML",
    "JS",
    "URL",
    "Application",
    "HTMLAttr",
    "JSStr",
    "Page",
    "Srcset",
    "Template",
    "Update",
    "UpdateStats",
    "__version__",
    "errors",
]
__all__ += errors.__all__
