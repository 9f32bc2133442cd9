"""What to do when the table is there: what to set, and the commands that follow."""

from tallygate import clock
from tallygate.restore.asked import Asked


def lines(asked: Asked) -> list[str]:
    """Line by line, as they are printed."""
    name, at = asked.environment, clock.to_text(asked.at)
    return [
        f"set in stacks/environments.py, in the environment {name!r}:",
        f'    epoch={asked.epoch}, restored_table="{asked.target}"',
        "then, one after the other (docs/restore.md says what each does):",
        f"    make deploy ENV={name}                    # everything uses the new table from here on",
        f"    make lost ENV={name} > lost.jsonl         # what {asked.source} has and the new table lacks",
        f"    make rebuild ENV={name} CONSUMER=fleet-1  # for each projection and effect",
        f"    make reopen ENV={name} AT={at}  # the batches that counted what is lost",
    ]
