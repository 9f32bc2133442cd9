"""What has been built to be uploaded, made the same on every machine, and looked through before."""

from pathlib import Path

from stacks.environment import Architecture

_ELF = b"\x7fELF"
_MACHINES: dict[int, Architecture] = {0x3E: "x86_64", 0xB7: "arm64"}  # e_machine of the System V ABI's supplements


def settle(folder: Path) -> None:
    """Give everything the same modes, whatever the umask was: Lambda's own user must be able to read it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def foreign_code(folder: Path, architecture: Architecture) -> list[str]:
    """Files of machine code for another processor, as `path (processor)`."""
    machines = {path.relative_to(folder).as_posix(): machine(path) for path in sorted(folder.rglob("*"))}
    return [f"{path} ({found})" for path, found in machines.items() if found not in ("", architecture)]


def machine(path: Path) -> str:
    """The processor that a file of machine code is for; empty for any other file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        header = file.read(20)
    if not header.startswith(_ELF):
        return ""
    number = int.from_bytes(header[18:20], "little")
    return _MACHINES.get(number, f"machine {number}")
