"""A function's own code: one small folder, without anything that it shares with others."""

import ast
from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from stacks.constructs.bundling import as_it_is
from stacks.undeployable import Undeployable

HANDLER = "handler"  # the module, and the function in it


class BadHandler(Undeployable):
    """A folder is no function's code; the message says which and what is missing."""


def handler_code(folder: Path) -> lambda_.Code:
    """The folder as it is uploaded: third-party packages and the library are in layers.

    Its files are copied and given the modes that Lambda's own user can read: an upload keeps modes, and a checkout has
    those of the umask under which it was made.

    Raises
    ------
    BadHandler
        There is no such folder, or none with a handler.
    """
    _check(folder)
    return as_it_is(folder)


def _check(folder: Path) -> None:
    where = f"lambdas/{folder.name}"
    if not folder.is_dir():
        there = ", ".join(sorted(path.parent.name for path in folder.parent.glob("*/handler.py")))
        raise BadHandler(f"there is no folder {where}: of functions there are {there}")
    file = folder / "handler.py"
    if not file.is_file():
        raise BadHandler(f"{where} has no handler.py: what Lambda calls is handler() in {where}/handler.py")
    try:
        module = ast.parse(file.read_text(), filename=f"{where}/handler.py")
    except SyntaxError as error:
        raise BadHandler(f"{where}/handler.py can't be read by Python, line {error.lineno}: {error.msg}") from error
    if not any(isinstance(part, ast.FunctionDef) and part.name == HANDLER for part in module.body):
        raise BadHandler(f"{where}/handler.py has no function handler(event, context): Lambda calls that one")
