"""The environments that there are.

Run as a program (`python -m stacks.environments dev`) it says whether an environment of that name exists. Standard
library only, so that the answer needs no set-up.
"""

import platform
import sys
from collections.abc import Iterable

from stacks.environment import Architecture, BadEnvironment, Environment

# These stand where an environment's name does, and take no environment: the pipeline, and the macro UseLatest.
PIPELINE, MACRO = "pipeline", "macro"
BY_THEMSELVES = (PIPELINE, MACRO)
# Roles of the stack `tallygate-use-latest` would be taken for those of an environment `use`.
TAKEN = (*BY_THEMSELVES, "use")


def _host_architecture() -> Architecture:
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def by_name(*environments: Environment) -> dict[str, Environment]:
    """Environments by their names. Raises `BadEnvironment` for a name that is used twice, or is another stack's."""
    names = [environment.name for environment in environments]
    for name in names:
        if name in TAKEN or names.count(name) > 1:
            what = "is taken by what belongs to no environment" if name in TAKEN else "is there more than once"
            raise BadEnvironment(f"environment {name!r}: the name {what}, give it another (stacks/environments.py)")
    return {environment.name: environment for environment in environments}


ENVIRONMENTS = by_name(
    Environment(
        name="local",
        architecture=_host_architecture(),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        native=True,
        tls_only=False,
        tracing=False,
        log_retention_days=1,
        lease_seconds=5,
        worker_timeout_seconds=60,
        queue_concurrency=4,
        shards=1,
        sweep_minutes=0,
        sweep_read_units=10_000,
    ),
    Environment(name="dev", log_retention_days=7),
    Environment(name="test", log_retention_days=7),
    Environment(name="prod", retain_data=True, protect_data=True, encryption="customer", log_retention_days=365),
)


def chosen(name: str | None) -> Iterable[Environment]:
    """The environment of that name, or all where none is given; none for what stands by itself.

    Raises `BadEnvironment`.
    """
    if name is None:
        return ENVIRONMENTS.values()
    if name in BY_THEMSELVES:
        return ()
    if name not in ENVIRONMENTS:
        raise BadEnvironment(f"no environment {name!r}: there are {', '.join(ENVIRONMENTS)}")
    return (ENVIRONMENTS[name],)


def main(arguments: list[str]) -> int:
    """Check that the one argument names an environment. Returns the exit status."""
    name = arguments[0] if arguments else ""
    if not name:
        print(f"ENV is missing: say which, for example ENV=dev ({', '.join(ENVIRONMENTS)})", file=sys.stderr)
        return 2
    try:
        chosen(name)
    except BadEnvironment as error:
        print(f"ENV={name}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
