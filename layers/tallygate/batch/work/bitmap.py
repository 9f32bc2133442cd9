"""Which items of a chunk are done: one bit each."""

from collections.abc import Iterable, Iterator

import msgspec


class Bitmap(msgspec.Struct, frozen=True):
    """Bits by item number within the chunk; the bytes are as short as the highest bit allows."""

    bits: int = 0

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Bitmap":
        """The bitmap with these bits set."""
        found = list(numbers)
        data = bytearray(max(found, default=0) // 8 + 1)
        for number in found:
            data[number // 8] |= 1 << number % 8
        return cls.from_bytes(bytes(data))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bitmap":
        """The inverse of `to_bytes`."""
        return cls(int.from_bytes(data, "little"))

    def to_bytes(self) -> bytes:
        """At least one byte: DynamoDB takes empty binaries, people wonder about them."""
        return self.bits.to_bytes(max(1, (self.bits.bit_length() + 7) // 8), "little")

    def __contains__(self, number: int) -> bool:
        return bool(self.bits >> number & 1)

    def __iter__(self) -> Iterator[int]:
        for place, byte in enumerate(self.to_bytes()):
            yield from (place * 8 + bit for bit in range(8) if byte >> bit & 1)

    def __or__(self, other: "Bitmap") -> "Bitmap":
        return Bitmap(self.bits | other.bits)

    def below(self, number: int) -> "Bitmap":
        """Its bits up to this number, without it."""
        return Bitmap(self.bits & (1 << number) - 1)

    def __len__(self) -> int:
        return self.bits.bit_count()
