"""Fresh interpreters that import something, and tell what it took."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TIMED = """
import sys, time
wall, cpu = time.perf_counter(), time.process_time()
{program}
print([1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu), len(sys.modules)])
"""
_IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")
# What Lambda itself sets, as far as anything at a start looks at it. The tracer is off where there is no task root.
_LAMBDA = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",  # /var/task and /opt are read-only
    "TZ": ":UTC",
}


@dataclass(frozen=True, kw_only=True)
class Took:
    """What a program took, in milliseconds, and how many modules there were at its end."""

    wall_ms: float
    cpu_ms: float
    modules: int


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """Where a new process finds its modules: as in Lambda, and nothing of this project's own packages.

    Parameters
    ----------
    python : str
        The interpreter.
    path : sequence of Path
        What stands on `sys.path` before the standard library, in Lambda's order: task, layers, runtime.
    variables : mapping of str to str
        The function's.
    """

    python: str
    path: Sequence[Path]
    variables: Mapping[str, str] = field(default_factory=dict)

    def took(self, program: str) -> Took:
        """Run the program in a new process."""
        wall, cpu, modules = json.loads(self._run(_TIMED.format(program=program)).stdout)
        return Took(wall_ms=wall, cpu_ms=cpu, modules=modules)

    def imports(self, program: str) -> dict[str, float]:
        """Milliseconds that each module takes by itself."""
        told = self._run(program, "-X", "importtime").stderr
        return {name: int(took) / 1000 for took, name in _IMPORTED.findall(told)}

    def _run(self, code: str, *options: str) -> subprocess.CompletedProcess[str]:
        environment = {**_LAMBDA, **self.variables, "PYTHONPATH": ":".join(map(str, self.path))}
        # -S: what is installed in the interpreter's own site-packages is not there in Lambda
        command = [self.python, "-S", *options, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise RuntimeError(f"a new process failed with {code!r}: {done.stderr[-2000:]}")
        return done
