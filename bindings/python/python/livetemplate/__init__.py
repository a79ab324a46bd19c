"""Pages that update themselves, as an engine that web servers embed.

A :class:`Template` is a Go html/template; it renders data to HTML byte for byte as Go does. An :class:`Application` keeps
:class:`Page` objects, one per browser session; given new data, a page answers with the smallest :class:`Update` that
brings the browser up to date.

Data is made of ``None``, ``bool``, ``int`` (64 bits), ``float``, ``complex``, ``str``, ``bytes``, ``datetime``, lists, tuples and
mappings with ``str``, ``int`` or ``bool`` keys; their subclasses are what they derive from. A naive ``datetime`` is taken as
UTC. Text that must not be escaped is marked by its type: :class:`HTML`, :class:`HTMLAttr`, :class:`JS`, :class:`JSStr`,
:class:`CSS`, :class:`URL`, :class:`Srcset`; an object whose class has ``__html__`` is HTML too. Text with lone surrogates
gets U+FFFD in their place.

Any other object but classes and modules is used as it is, each time it is needed and from any thread:

* ``{{.name}}`` is its attribute, property or ``__getattr__``; ``{{.method 1}}`` calls a method. Names that start with ``_``
  and what the built-in types offer (``str.format``, a generator's ``gi_frame``) are not there; nor are a mapping's methods.
* ``index``, ``len``, ``range`` and ``if`` use ``__getitem__``, ``__len__``, ``__iter__`` and ``__bool__``. To go over an iterator uses
  it up.
* It is shown as ``str(object)`` if its class has a ``__str__`` or ``__repr__``. A named tuple is shown as a list.
* JavaScript gets the fields of a dataclass without those that start with ``_``, the items of a named tuple, or the text of
  a class with ``__str__``. Anything else is ``null``, with a comment that says so.
* ``Page.data()`` has the object itself. A page holds it until it is closed; Python's garbage collector does not see that.

Templates call the ``functions`` they are made with. These may be called by several threads at once. While a page is updated
they may read it, and use others; a change to that page raises :class:`Reentrant`. An exception becomes a
:class:`TemplateExec`, whose ``__cause__`` it is. All this goes for the methods of objects as well. A function called with
arguments is taken as pure: its result depends on them alone, and an update may leave it uncalled while they stay the same. For
what a page showed, updates and ``Page.render()`` may call it again, with the old arguments; it cannot render that page itself
(:class:`Reentrant`). One called without arguments is called at each update. :class:`Function` declares otherwise.

Everything the engine raises derives from :class:`Error`; see :mod:`livetemplate.errors`.
"""

# The redundant names tell type checkers that these are the package's own.
from . import errors as errors
from ._analysis import Analysis as Analysis
from ._analysis import AnalysisWarning as AnalysisWarning
from ._analysis import Construct as Construct
from ._analysis import FragmentAnalysis as FragmentAnalysis
from ._analysis import Interpolation as Interpolation
from ._content import CSS as CSS
from ._content import HTML as HTML
from ._content import JS as JS
from ._content import URL as URL
from ._content import HTMLAttr as HTMLAttr
from ._content import JSStr as JSStr
from ._content import Srcset as Srcset
from ._livetemplate import GO_PROFILE as GO_PROFILE
from ._livetemplate import Application as Application
from ._livetemplate import Cancel as Cancel
from ._livetemplate import Dependency as Dependency
from ._livetemplate import Function as Function
from ._livetemplate import Page as Page
from ._livetemplate import Template as Template
from ._livetemplate import Update as Update
from ._livetemplate import UpdateStats as UpdateStats
from ._livetemplate import __version__ as __version__
from ._livetemplate import compress as compress
from ._update import Fragment as Fragment
from ._update import HtmlChange as HtmlChange
from .errors import *
