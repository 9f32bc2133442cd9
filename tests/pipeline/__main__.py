"""`python -m tests.pipeline`: the trial with every command as it stands in the pipeline, `make test` included."""

import sys
import tempfile
from pathlib import Path

from local.emulator.process import Emulator
from tests.pipeline.place import Failed
from tests.pipeline.trial import trial


def main() -> int:
    """Play, and tell how long each action took. Returns the exit status."""
    with tempfile.TemporaryDirectory() as scratch, Emulator() as emulator:
        try:
            found = trial(Path(scratch), emulator, tell=lambda line: print(line, flush=True))
        except Failed as failed:
            print(failed, file=sys.stderr)
            return 1
    for name, played in (("first push", found.first), ("second push", found.second)):
        print(name, *(f"  {action} {seconds:.0f} s" for action, seconds in played.seconds.items()), sep="\n")
    print(f"changed by the second: {', '.join(sorted(found.functions_changed | found.layers_changed))}")
    same = found.before == found.after
    print("the pipeline's own template:", "unchanged" if same else "CHANGED, it would update itself without end")
    as_wanted = found.deployed == found.wanted
    print("the pipeline as it is deployed:", "as synthesized" if as_wanted else "NOT as synthesized")
    return 0 if same and as_wanted and found.functions_changed == {"tallygate-local-report"} else 1


if __name__ == "__main__":
    sys.exit(main())
