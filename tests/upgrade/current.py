"""A program: the app as it is, its environment `dev` with layers for this machine, so that the emulator can run it.

What differs from `dev` as it is deployed to AWS is in no template of a table, a queue or a role.
"""

from dataclasses import replace

import app
from stacks.environments import ENVIRONMENTS

if __name__ == "__main__":
    local = ENVIRONMENTS["local"]
    ENVIRONMENTS["dev"] = replace(
        ENVIRONMENTS["dev"],
        native=True,
        architecture=local.architecture,
        python=local.python,
        tracing=False,
        shards=1,
    )
    app.main()
