"""What a reader of the tables should know."""

from bench.foils.history import LENGTH
from bench.foils.simulated.queue import VISIBILITY_SECONDS
from bench.foils.simulated.service import SECONDS
from bench.foils.simulated.table import TRANSACTION_SECONDS

SIMULATED = (
    (
        "finished: right if every item was done when somebody first learned that all are. Where the count is wrong "
        "before that, it was luck: items waited longer to be counted than for their work"
    ),
    (
        f"assumed: a call takes {1000 * SECONDS[0]:.0f} to {1000 * SECONDS[1]:.0f} ms, a transaction holds its items "
        f"for {1000 * TRANSACTION_SECONDS:.0f} ms, a message comes back after {VISIBILITY_SECONDS:.0f} s; units "
        "include refused writes; 1 to 7 share one record or one key, which takes 1,000 write units a second"
    ),
    f"3 forgets an id after {LENGTH} others; 4 a token after ten minutes: a later duplicate is counted again",
    "in 1 to 7 an item that always fails is never counted: the batch doesn't end unless its dead letters count, too",
)
ON_DYNAMODB_LOCAL = (
    (
        "DynamoDB Local carries transactions out one by one, without conflicts, has no hot keys, and charges nothing "
        "for refused writes: 2 to 5 cost more on AWS, as the simulation has it"
    ),
    (
        "late duplicates are left out, so that 4 is right here; the map runs on the emulator, where three function "
        "processes are killed; Tallygate has chunks of 100"
    ),
)
