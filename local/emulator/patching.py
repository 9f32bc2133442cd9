"""How a mend changes the emulator: by replacing words in the source of one function, or a whole attribute.

The emulator's functions are long and their bodies offer no seams, so a mend names the few words that are wrong
and what they should be. A snippet that does not occur exactly once stops the launcher: better no emulator
than one that is silently unmended.
"""

import importlib
import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any


class MendError(RuntimeError):
    """A mend does not fit this version of the emulator. The message names the place."""


def module(name: str) -> ModuleType:
    """Import `ministack.<name>`."""
    return importlib.import_module(f"ministack.{name}")


def replace_once(text: str, old: str | tuple[str, str], new: str, *, where: str) -> str:
    """Return `text` with the one occurrence of `old` replaced; a pair is a span's first and last words.

    Raises MendError if there is not exactly one.
    """
    first, last = old if isinstance(old, tuple) else (old, "")
    before, found, rest = text.partition(first)
    _span, end, after = rest.partition(last) if last else ("", "", rest)
    if not found or (last and not end) or first in after:
        raise MendError(f"{where}: not found exactly once: {first.strip()!r}")
    return f"{before}{new}{after}"


def rewrite(owner: Any, name: str, *changes: tuple[str | tuple[str, str], str], **helpers: Any) -> None:  # noqa: ANN401
    """Replace snippets in the source of the function `owner.name`, and define it anew in its own module.

    `owner` is a module or a class; `helpers` are names that the new source may use. Several mends may rewrite the
    same function: each starts from what the one before it left.
    """
    function = getattr(owner, name)
    source = getattr(function, "mended_source", None) or textwrap.dedent(inspect.getsource(function))
    for old, new in changes:
        source = replace_once(source, old, new, where=f"{owner.__name__}.{name}")
    namespace = function.__globals__
    namespace.update(helpers)
    made: dict[str, Any] = {}
    exec(compile(source, f"<mended {owner.__name__}.{name}>", "exec", dont_inherit=True), namespace, made)  # noqa: S102
    made[name].mended_source = source
    setattr(owner, name, made[name])


def rewrite_text(owner: Any, name: str, *changes: tuple[str, str]) -> None:  # noqa: ANN401
    """Replace snippets in the text constant `owner.name`."""
    text = getattr(owner, name)
    for old, new in changes:
        text = replace_once(text, old, new, where=f"{owner.__name__}.{name}")
    setattr(owner, name, text)


def wrap(owner: Any, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:  # noqa: ANN401
    """Replace `owner.name` by `around(owner.name)`."""
    setattr(owner, name, around(getattr(owner, name)))
