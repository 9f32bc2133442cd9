"""`python -m local.emulator`: run an emulator until Ctrl-C, and print how to use it from another terminal."""

import sys
import time

from local.emulator.process import Emulator
from local.server import ServerError


def main() -> int:
    """Serve in the foreground. Returns the exit status."""
    try:
        with Emulator() as emulator:
            for name, value in emulator.environment().items():
                print(f"export {name}={value}", flush=True)
            print(f"logs in {emulator.folder}; Ctrl-C stops it", file=sys.stderr)
            while emulator.running():
                time.sleep(0.5)
        print(f"the emulator ended; its last words are in {emulator.log}", file=sys.stderr)
    except ServerError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
