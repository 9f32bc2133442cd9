// Castore's DynamoDBSingleTableEventStorageAdapter: `node castore.mjs ENDPOINT TABLE`. The table is its README's.
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import castore from "@castore/core";
import adapter from "@castore/event-storage-adapter-dynamodb";

import { serve } from "./loop.mjs";
import { after, EMPTY } from "./tally.mjs";

const { Command, EventStore, EventType, isEventAlreadyExistsError, tuple } = castore;
const [endpoint, tableName] = process.argv.slice(2);
const dynamoDBClient = new DynamoDBClient({ endpoint });

const aircraft = new EventStore({
  eventStoreId: "AIRCRAFT",
  eventTypes: [new EventType({ type: "FLOWN" })],
  reducer: ({ tally } = { tally: EMPTY }, { aggregateId, version, payload }) => ({
    aggregateId,
    version,
    tally: after(tally, payload),
  }),
  eventStorageAdapter: new adapter.DynamoDBSingleTableEventStorageAdapter({ tableName, dynamoDBClient }),
});

const fly = new Command({
  commandId: "FLY",
  requiredEventStores: tuple(aircraft),
  handler: async ({ aggregateId, payload }, [flown]) => {
    const { aggregate } = await flown.getAggregate(aggregateId);
    await flown.pushEvent({ aggregateId, version: (aggregate?.version ?? 0) + 1, type: "FLOWN", payload });
  },
});

const key = (name, type) => ({ AttributeName: name, KeyType: type });

const store = {
  create: () =>
    dynamoDBClient.send(
      new CreateTableCommand({
        TableName: tableName,
        KeySchema: [key("aggregateId", "HASH"), key("version", "RANGE")],
        AttributeDefinitions: Object.entries({ aggregateId: "S", version: "N", eventStoreId: "S", timestamp: "S" }).map(
          ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }),
        ),
        GlobalSecondaryIndexes: [
          {
            IndexName: "initialEvents",
            KeySchema: [key("eventStoreId", "HASH"), key("timestamp", "RANGE")],
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        ],
        BillingMode: "PAY_PER_REQUEST",
      }),
    ),
  async load(stream) {
    const { aggregate } = await aircraft.getAggregate(stream);
    return { aggregateId: stream, aggregate };
  },
  async append({ aggregateId, aggregate }, record) {
    const version = (aggregate?.version ?? 0) + 1;
    const pushed = await aircraft.pushEvent(
      { aggregateId, version, type: "FLOWN", payload: record },
      { prevAggregate: aggregate },
    );
    return { aggregateId, aggregate: pushed.nextAggregate };
  },
  command: (stream, record) => fly.handler({ aggregateId: stream, payload: record }, [aircraft]),
  tally: ({ aggregate }) => aggregate?.tally ?? EMPTY,
  isConflict: isEventAlreadyExistsError,
};

await serve(store, "@castore/core", "@castore/event-storage-adapter-dynamodb", "@aws-sdk/client-dynamodb");
