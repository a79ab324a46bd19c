from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import Any, Literal, final

from typing_extensions import Self

from ._analysis import Analysis
from ._update import Fragment, HtmlChange

__all__ = [
    "__version__",
    "GO_PROFILE",
    "exceptions",
    "Template",
    "Dependency",
    "Function",
    "Application",
    "Page",
    "Update",
    "UpdateStats",
    "Cancel",
    "compress",
]

__version__: str
GO_PROFILE: str
exceptions: dict[str, type[Exception]]

_MissingKey = Literal["default", "zero", "error"]
_Numbers = Literal["adaptive", "strict"]
_Wire = Literal["tree", "fragments", "patches", "operations", "turbo", "htmx"]
_Path = str | PathLike[str]

_Functions = Mapping[str, Callable[..., Any] | Function]

@final
class Function:
    """A callable for ``functions``, with what is known about it.

    ``pure`` says that its result depends on its arguments alone: an update may leave it uncalled while they stay the same,
    and call it again with the old ones. With ``pure=False`` each update calls it.
    """

    def __new__(cls, callable: Callable[..., Any], *, pure: bool) -> Self: ...
    @property
    def callable(self) -> Callable[..., Any]:
        """The callable itself."""

    @property
    def pure(self) -> bool:
        """Whether its result depends on its arguments alone."""

@final
class Template:
    """A Go html/template: an immutable set of templates with one entry. Any number of threads may use it."""

    def __new__(
        cls,
        source: str | bytes,
        name: str = "",
        *,
        functions: _Functions | None = None,
        delims: tuple[str, str] | None = None,
        missing_key: _MissingKey = "default",
        numbers: _Numbers = "adaptive",
        max_source: int | None = None,
        max_nesting: int | None = None,
        max_json: int | None = None,
        max_steps: int | None = None,
        max_call_depth: int | None = None,
        max_output: int | None = None,
    ) -> Self: ...
    @staticmethod
    def upon(source: str | bytes, name: str = "", *, max_source: int | None = None, max_output: int | None = None) -> Template:
        """A template in the syntax of the Rust crate ``upon`` in place of Go's. Every value is escaped for HTML text and quoted
        attributes, but for values with ``__html__``.

        It is rendered as a whole, and its pages are compared by their HTML.
        """

    @staticmethod
    def from_sources(
        sources: Iterable[tuple[str, str | bytes]],
        *,
        entry: str | None = None,
        functions: _Functions | None = None,
        delims: tuple[str, str] | None = None,
        missing_key: _MissingKey = "default",
        numbers: _Numbers = "adaptive",
        max_source: int | None = None,
        max_nesting: int | None = None,
        max_json: int | None = None,
        max_steps: int | None = None,
        max_call_depth: int | None = None,
        max_output: int | None = None,
    ) -> Template:
        """A template from named sources, the first being the entry unless ``entry`` names another.

        A name may come twice; the later definition wins, as in Go.
        """

    @staticmethod
    def from_files(
        *paths: _Path,
        entry: str | None = None,
        functions: _Functions | None = None,
        delims: tuple[str, str] | None = None,
        missing_key: _MissingKey = "default",
        numbers: _Numbers = "adaptive",
        max_source: int | None = None,
        max_nesting: int | None = None,
        max_json: int | None = None,
        max_steps: int | None = None,
        max_call_depth: int | None = None,
        max_output: int | None = None,
    ) -> Template:
        """A template from files, named by their base names, as Go's ``ParseFiles``."""

    @staticmethod
    def from_glob(
        pattern: _Path,
        *,
        entry: str | None = None,
        functions: _Functions | None = None,
        delims: tuple[str, str] | None = None,
        missing_key: _MissingKey = "default",
        numbers: _Numbers = "adaptive",
        max_source: int | None = None,
        max_nesting: int | None = None,
        max_json: int | None = None,
        max_steps: int | None = None,
        max_call_depth: int | None = None,
        max_output: int | None = None,
    ) -> Template:
        """A template from the files that match a pattern of Python's ``glob``, sorted by path."""

    @property
    def name(self) -> str:
        """Name of the entry."""

    @property
    def names(self) -> list[str]:
        """The names of all templates of the set, sorted."""

    def lookup(self, name: str) -> Template:
        """Another template of the same set as entry; ``TemplateNotFound`` when there is none of that name."""

    def with_cancel(self, cancel: Cancel) -> Template:
        """The same template under a cancel handle, which ends its renders and the making of pages with it.

        The pages themselves are not under it.
        """

    def dependencies(self) -> list[Dependency]:
        """Which paths of the data each slot, condition, range and call reads that is reached from this template.

        In the order of the sources. They also say which places every update evaluates, with the reason.
        """

    def analysis(self) -> Analysis:
        """How pages of this template update, how each value is escaped, and where Go's escaping does not protect.

        It also says which constructs stand in the way of small updates. It is made once and kept with the template.
        """

    def render(self, data: object) -> str:
        """The HTML of ``data``: what Go's html/template writes, byte for byte."""

    def render_json(self, text: str | bytes, *, times: bool = False, trusted: bool = False) -> str:
        """The HTML of data given as JSON text.

        ``times`` reads ``{"$time": "<RFC 3339>"}`` as a time. ``trusted`` also reads ``$html``, ``$url`` and the like: never
        for JSON with user data in it.
        """

@final
class Dependency:
    """What one place of a template reads: a slot, a condition, a range or a call."""

    @property
    def template(self) -> str:
        """Name of the source."""

    @property
    def line(self) -> int:
        """Its line there, from 1."""

    @property
    def column(self) -> int:
        """Its column there, in bytes from 0, as in errors."""

    @property
    def kind(self) -> Literal["slot", "condition", "range", "call"]:
        """What it is: a condition is ``if`` or ``with``, a call ``template`` or ``block``."""

    @property
    def action(self) -> str:
        """Its pipeline, or the whole call, as Go prints it in an error."""

    @property
    def paths(self) -> list[str]:
        """Paths from the whole data, ``.``, in alphabetical order.

        A field is ``.name``, ``[]`` stands for any item of a list or map, and ``.**`` for any way further into the data, where
        a template calls itself. Conditions around the place and what is inside it do not count.
        """

    @property
    def always(self) -> str | None:
        """Why every update evaluates the place, whatever changed.

        ``None`` where only a change at one of its paths leads to that.
        """

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Application:
    """An isolated set of pages with its own keys and limits. Any number of threads may use it.

    A context manager: leaving it closes the application and all its pages. ``signing_key`` has 32 bytes or more;
    times to live are in seconds.
    """

    def __new__(
        cls,
        *,
        id: str | None = None,
        signing_key: bytes | None = None,
        max_pages: int | None = None,
        page_ttl: float | None = None,
        token_ttl: float | None = None,
    ) -> Self: ...
    @property
    def id(self) -> str:
        """The application's id, which its tokens carry."""

    @property
    def page_count(self) -> int:
        """Number of open pages."""

    def new_page(self, template: Template, data: object, *, wire: _Wire = "tree") -> Page:
        """Makes a page of ``template`` showing ``data``, whose updates are of the format ``wire``."""

    def new_page_from_html(self, html: str | bytes, *, wire: _Wire = "tree") -> Page:
        """Makes a page whose HTML the host renders itself, with any template engine. ``page.update_html`` tells it of new HTML.

        The HTML is parsed as browsers do, and the page shows what was parsed. The live region is the content of ``<body>``.
        Elements of a list are found again by ``data-key``, ``data-lvt-key``, ``lvt-key`` or ``id``, others by what they are.
        """

    def get_page(self, token: str) -> Page:
        """The page a token names."""

    def cleanup(self) -> int:
        """Drops pages whose time is over and says how many."""

    def close(self) -> None:
        """Closes the application and all its pages. Closing twice is fine."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *_exception: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...

@final
class Page:
    """One browser session's page. Any number of threads may use it.

    A handle: the page lives on when it is dropped, until ``close()``, its time to live, or the end of the application.
    """

    @property
    def id(self) -> str:
        """The page's id: 32 hex digits."""

    @property
    def token(self) -> str:
        """The page's token, for a cookie. Minted once; ``Application.get_page`` finds the page by it."""

    @property
    def wire(self) -> _Wire:
        """The name of the page's wire format."""

    def with_cancel(self, cancel: Cancel) -> Page:
        """The same page under a cancel handle, which ends the updates, patches and renders asked for through what this gives.

        An update that was ended leaves the page as it was.
        """

    def render(self) -> str:
        """The whole HTML, with what the wire format needs to address it.

        In ``tree`` that is ``<div data-lvt-id="…">`` around the live region.
        """

    def tree(self, action: str | None = None, errors: dict[str, str] | None = None) -> str:
        """The full message ``{"tree":…}`` as JSON text, with ``meta`` when an action is named."""

    def resync(self) -> bytes:
        """What brings a client to what the page shows from any state.

        The first message of a connection, and the answer to a loss. In ``tree`` it is ``tree()``.
        """

    def receive(self, message: str | bytes) -> bytes:
        """Takes a control message of our own client and gives the answer; no bytes when there is none to give.

        A message that is malformed, of another version of the protocol or of another page is answered with one of type ``error``, and
        changes nothing. The answer is for the client that sent the message, but to an ``ack``: that has the next number, and goes to
        all clients of the page. In the formats of other clients, which have no control messages, this raises ``InvalidArgument``.
        """

    def update(self, data: object) -> Update:
        """Brings the page to ``data`` and gives what its browser needs for that.

        On an error the page is unchanged.
        """

    def update_json(self, text: str | bytes, *, times: bool = False, trusted: bool = False) -> Update:
        """``update`` with data as JSON text."""

    def update_html(self, html: str | bytes) -> Update:
        """Brings a page whose HTML the host renders to new HTML, and gives what its browser needs for that.

        A page that was made of a template raises ``PageKind``, as does one of HTML for every call with data. On an error the
        page is unchanged.
        """

    def patch(self, patch: list[dict[str, Any]] | dict[str, Any]) -> Update:
        """Applies a patch to the page's data: a list is a JSON Patch, a dict a JSON merge patch."""

    def patch_json(self, text: str | bytes, *, times: bool = False, trusted: bool = False) -> Update:
        """``patch`` with the patch as JSON text."""

    def set_data(self, data: object) -> None:
        """Sets data aside: ``data()`` and ``render()`` show it at once, the browser gets it with the next update."""

    def analysis(self) -> Analysis:
        """What can be told of the page's template: ``Template.analysis``."""

    def data(self) -> Any:
        """The page's current data, as new Python objects: dicts, lists, aware datetimes, trusted types; objects are the same.

        Digits of a time below a microsecond are cut off.
        """

    def close(self) -> None:
        """Closes the page: every later call on it, through any handle, raises ``PageClosed``.

        Closing twice is fine.
        """

@final
class Cancel:
    """Ends work from another thread, or ``timeout`` seconds from now. Any thread may use it.

    Work under it (``with_cancel``) raises ``Cancelled`` or ``DeadlineExceeded`` at its next action, iteration or call of a
    function. What is cancelled stays so.
    """

    def __new__(cls, *, timeout: float | None = None) -> Self: ...
    def cancel(self) -> None:
        """Ends all work under this handle, now and later, with ``Cancelled``."""

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel()`` was called or the time is over."""

@final
class Update:
    """What an update did, and the message that tells the browser."""

    @property
    def is_empty(self) -> bool:
        """Whether the browser needs nothing."""

    @property
    def payload(self) -> bytes:
        """The push, in the page's wire format; no bytes when the update is empty.

        In ``patches`` a long update is several messages: this is then a JSON array of them.
        """

    @property
    def messages(self) -> list[bytes]:
        """The messages of the payload one by one, to be sent in their order.

        For a transport that limits their length: in ``patches`` none is over 256 KiB. In the other formats there is one at most.
        """

    @property
    def fragments(self) -> list[Fragment]:
        """What the payload says of each fragment, in its order: in the format ``fragments``, in others nothing."""

    @property
    def changes(self) -> list[HtmlChange]:
        """What changed in the live region, for a page whose HTML is compared: one that its host renders. Of other pages nothing."""

    @property
    def html_pattern(self) -> Literal["nothing", "text", "simple", "rewrite"]:
        """What kind of update ``changes`` make together.

        ``"text"``: only texts are others; ``"simple"``: so are a few attributes and elements; ``"rewrite"``: elements became others, or ten
        and more came, went, moved or have another attribute.
        """

    def reply(self, action: str | None = None, errors: dict[str, str] | None = None) -> bytes:
        """The answer to an action: the payload with ``meta``, also when nothing changed.

        ``errors`` maps fields to texts; without any, ``success`` is true.
        """

    @property
    def stats(self) -> UpdateStats:
        """What the update cost."""

@final
class UpdateStats:
    """Figures of one update."""

    @property
    def bytes(self) -> int:
        """Length of the payload."""

    @property
    def full_render_bytes(self) -> int:
        """Length of the page's full HTML after the update."""

    @property
    def reduction(self) -> float:
        """The share of the full render that was saved, from 0 to 1."""

    @property
    def slots_evaluated(self) -> int:
        """Slots, conditions, ranges and calls evaluated."""

    @property
    def outside(self) -> int:
        """Changed slots outside the live region, which no update can reach."""

    @property
    def strategy(self) -> Literal["static_dynamic", "markers", "granular", "replacement"] | None:
        """In the format ``fragments`` the strategy that sends most of those that were taken."""

    @property
    def reasons(self) -> dict[str, int]:
        """Why parts of the page were sent that had not changed, or evaluated although nothing changed that they read.

        Each with how often that came up: ``"cost"`` (all items of a list were sent, which takes less), ``"lost"`` (the whole page
        was sent, because what it had shown could not be found again), ``"volatile"`` (a place calls a volatile function),
        ``"assigned"`` (it assigns a variable or reads one that is assigned), ``"ends"`` (items of a range decide on others by
        ``break`` or ``continue``), ``"objects"`` (there are objects in the page's data). ``Template.dependencies`` says which
        places every update evaluates.
        """

def compress(message: str | bytes, threshold: int) -> bytes | None:
    """A message compressed with gzip, where it is longer than ``threshold`` bytes and gets shorter by that; else ``None``.

    Our own client takes compressed messages of a WebSocket in binary frames. A transport that compresses by itself
    (``permessage-deflate``, ``Content-Encoding``) needs none of this.
    """
