"""A program: the app, its environment `local` after a restore. `python -m tests.restore.switched <table> <epoch>`."""

import sys
from dataclasses import replace

import app
from stacks.environments import ENVIRONMENTS

if __name__ == "__main__":
    table, epoch = sys.argv[1:]
    ENVIRONMENTS["local"] = replace(ENVIRONMENTS["local"], restored_table=table, epoch=int(epoch))
    app.main()
