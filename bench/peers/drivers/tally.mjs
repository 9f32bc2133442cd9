// The same state as tally.py: how many events, and a digest over them in their order.
import { createHash } from "node:crypto";

export const EMPTY = { count: 0, digest: "" };

export function after(tally, record) {
  const text = tally.digest + JSON.stringify(record, Object.keys(record).sort());
  return { count: tally.count + 1, digest: createHash("sha256").update(text).digest("hex") };
}
