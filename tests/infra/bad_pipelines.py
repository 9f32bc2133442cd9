"""Files that are refused: what was tried, the file, and what is said. docs/deploy.md has the same table."""

from dataclasses import dataclass

GOOD_SOURCE = '[source]\nkind = "codecommit"\nrepository = "tallygate"\n'
CONNECTION = '[source]\nkind = "connection"\nrepository = "me/tallygate"\n'
DEV = '[[environments]]\nname = "dev"\n'


@dataclass(frozen=True)
class Bad:
    """One of them."""

    what: str
    content: str


BAD = (
    Bad("no TOML", "[source\n"),
    Bad("a table that there is not", f"[sources]\n{GOOD_SOURCE}{DEV}"),
    Bad("no source", DEV),
    Bad("another kind of source", f'[source]\nkind = "github"\nrepository = "me/tallygate"\n{DEV}'),
    Bad("a misspelt field", f'{GOOD_SOURCE}brunch = "main"\n{DEV}'),
    Bad("a connection without an owner", f'[source]\nkind = "connection"\nrepository = "tallygate"\n{DEV}'),
    Bad("a repository's address", f'[source]\nkind = "codecommit"\nrepository = "https://host/x"\n{DEV}'),
    Bad("a branch that can't be", f'{GOOD_SOURCE}branch = "my branch"\n{DEV}'),
    Bad("a connection that is no ARN", f'{CONNECTION}connection = "mine"\n{DEV}'),
    Bad("a connection beside CodeCommit", f'{GOOD_SOURCE}connection_parameter = "/x"\n{DEV}'),
    Bad(
        "a connection told twice",
        f'{CONNECTION}connection_parameter = "/x"\n'
        f'connection = "arn:aws:codeconnections:eu-west-1:111111111111:connection/a-b"\n{DEV}',
    ),
    Bad("no environment", GOOD_SOURCE),
    Bad("an environment that there is not", f'{GOOD_SOURCE}[[environments]]\nname = "stage"\n'),
    Bad("an environment twice", f"{GOOD_SOURCE}{DEV}{DEV}"),
    Bad("one table of environments", f'{GOOD_SOURCE}[environments]\nname = "dev"\n'),
    Bad("a switch that is text", f'{GOOD_SOURCE}{DEV}approval = "yes"\n'),
    Bad("an account that is a name", f'{GOOD_SOURCE}{DEV}account = "prod"\n'),
    Bad("an account of a variable that is not set", f'{GOOD_SOURCE}{DEV}account = "$NOBODY_SETS_IT"\n'),
    Bad("the pipeline as an environment", f'{GOOD_SOURCE}[[environments]]\nname = "pipeline"\n'),
    Bad("another Region than the pipeline's", f'{GOOD_SOURCE}{DEV}region = "eu-west-1"\n'),
    Bad("no Region", f'{GOOD_SOURCE}{DEV}region = "Frankfurt"\n'),
    Bad("a smoke test in another account", f'{GOOD_SOURCE}{DEV}account = "222222222222"\nsmoke = true\n'),
)
