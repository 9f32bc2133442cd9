"""What an attempt at a chunk leaves to the next one. Advisory: it saves work and finds killers, it is never counted."""

from collections.abc import Collection, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from tallygate.batch.work.bitmap import Bitmap

STRIKES = 3  # attempts that an item may take down with it
KEPT_BYTES = 2048  # of the texts of errors
ALONE = 1

KILLED = f"killed its worker {STRIKES} times: it is not run again"
TOO_LONG = f"ran beyond the worker's time limit {STRIKES} times: it is not run again"
NOT_KEPT = "failed in an earlier attempt, whose log has the error"
_OURS = (KILLED, TOO_LONG)

Strikes = Mapping[int, int]


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a chunk between attempts; items by their number within the chunk.

    Parameters
    ----------
    done : Bitmap
        Items whose effect is durable.
    failed : mapping of str to Bitmap
        Errors, and the items that their function refused with them. They are not tried again.
    in_flight : tuple of int
        Items that a careful attempt has announced. A well-ended attempt leaves none, so that items found here have
        been running when an attempt died.
    kills : mapping of int to int
        How many attempts died while this item was announced.
    overruns : mapping of int to int
        How many attempts this item outlasted.
    deaths : int
        Attempts that died. After the first, attempts are careful.
    """

    done: Bitmap = msgspec.field(default_factory=Bitmap)
    failed: Mapping[str, Bitmap] = msgspec.field(default_factory=dict)
    in_flight: tuple[int, ...] = ()
    kills: Strikes = msgspec.field(default_factory=dict)
    overruns: Strikes = msgspec.field(default_factory=dict)
    deaths: int = 0

    @property
    def careful(self) -> bool:
        """Whether items are announced before they run."""
        return self.deaths > 0 or bool(self.kills)

    def within(self, items: int) -> "Handover":
        """Without what is no item of a chunk of so many: whatever is stored, the count is exact."""
        chunk = range(items)
        return replace(
            self,
            done=self.done.below(items),
            failed={error: numbers.below(items) for error, numbers in self.failed.items()},
            in_flight=tuple(number for number in self.in_flight if number in chunk),
            kills={number: count for number, count in self.kills.items() if number in chunk},
            overruns={number: count for number, count in self.overruns.items() if number in chunk},
        )

    def taken_over(self, *, died: bool) -> "Handover":
        """As the next attempt begins: the dead one's items get their strikes, those with too many have failed.

        Whoever was announced together with others may be innocent: the last strike is for an item that ran alone.
        """
        suspects = [number for number in self.in_flight if number not in self.done]
        most = STRIKES if len(self.in_flight) == ALONE else STRIKES - 1
        kills = _struck(self.kills, suspects, most=most)
        poison = {
            KILLED: [number for number, strikes in kills.items() if strikes >= STRIKES],
            TOO_LONG: [number for number, strikes in self.overruns.items() if strikes >= STRIKES],
        }
        failed = dict(self.failed)
        for error, numbers in poison.items():
            if numbers:
                failed[error] = failed.get(error, Bitmap()) | Bitmap.of(numbers)
        deaths = self.deaths + died
        return replace(self, failed=failed, in_flight=(), kills=kills, deaths=deaths).settled()

    def outlasted(self, numbers: Iterable[int]) -> "Handover":
        """These items ran on when the attempt was out of time."""
        return replace(self, overruns=_struck(self.overruns, numbers, most=STRIKES))

    def settled(self) -> "Handover":
        """Without the strikes of items that are done or have failed: what is stored stays small."""
        over = self.done
        for numbers in self.failed.values():
            over |= numbers

        def left(strikes: Strikes) -> Strikes:
            return {number: count for number, count in strikes.items() if number not in over}

        return replace(self, kills=left(self.kills), overruns=left(self.overruns))


def _struck(strikes: Strikes, numbers: Iterable[int], *, most: int) -> Strikes:
    more = {number: max(strikes.get(number, 0), min(most, strikes.get(number, 0) + 1)) for number in numbers}
    return {**strikes, **more}


def grouped(errors: Mapping[int, str]) -> dict[str, Bitmap]:
    """Items by error, for `Handover.failed`: the commonest within `KEPT_BYTES`, and ours; others as `NOT_KEPT`."""
    numbers: dict[str, list[int]] = {}
    for number, error in errors.items():
        numbers.setdefault(error, []).append(number)
    kept: dict[str, Bitmap] = {}
    lost: list[int] = numbers.pop(NOT_KEPT, [])
    room = KEPT_BYTES
    for error in sorted(numbers, key=lambda error: -len(numbers[error])):
        room -= 0 if error in _OURS else len(error.encode()) + max(numbers[error]) // 8 + 1
        if room >= 0 or error in _OURS:
            kept[error] = Bitmap.of(numbers[error])
        else:
            lost += numbers[error]
    return kept | ({NOT_KEPT: Bitmap.of(lost)} if lost else {})


def not_kept(failed: Mapping[str, Bitmap]) -> Collection[int]:
    """The items whose error's text is not in it."""
    return list(failed.get(NOT_KEPT, ()))
