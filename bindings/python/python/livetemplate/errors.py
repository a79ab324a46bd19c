"""The exceptions, one class per code of the engine's table.

``Error`` is the base; below it one class per group (``TemplateError``, ``DataError``, …; ``TokenError`` below ``SessionError``), below those one per code
(``TemplateParse``, ``PageClosed``, …). Each instance has ``code``, the number that never changes its meaning, and for
template errors ``template``, ``line`` (from 1) and ``column`` (in bytes from 0), otherwise ``None``. ``details`` is the
message and, where there is such a place, the line of the source under it with a caret.
"""

from ._livetemplate import exceptions as _exceptions

__all__ = list(_exceptions)

globals().update(_exceptions)
