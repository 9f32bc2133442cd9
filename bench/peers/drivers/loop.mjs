// The same commands and answers as loop.py.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

// a store: { create(), load(stream) -> held, append(held, record) -> held, tally(held), isConflict(error) }, and where
// the library has a helper that loads, appends and tries again on a conflict, command(stream, record)
export async function serve(store, ...packages) {
  const held = {};
  const hands = (writer, started) => ({
    seconds: (performance.now() - started) / 1000,
    ...store.tally(held[writer]),
  });
  const commands = {
    async create() {
      await store.create();
      return {};
    },
    async load({ writer, stream }) {
      const started = performance.now();
      held[writer] = await store.load(stream);
      return hands(writer, started);
    },
    async append({ writer, records }) {
      const started = performance.now();
      for (const record of records) held[writer] = await store.append(held[writer], record);
      return hands(writer, started);
    },
    async command({ stream, record }) {
      await store.command(stream, record);
      return {};
    },
  };
  say({ versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])) });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    try {
      say({ outcome: "done", ...(await commands[command.do](command)) });
    } catch (error) {
      say({ outcome: store.isConflict(error) ? "conflict" : "error", error: `${error.name}: ${error.message}` });
    }
  }
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url))).version;
}
