// event-store-adapter-js: `node event_store_adapter.mjs ENDPOINT TABLE`. The tables are those of its schema document.
// As its README has it: the first event with a snapshot, later ones by persistEvent; a stream is its snapshot with
// the events after it replayed.
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import adapter from "event-store-adapter-js";

import { serve } from "./loop.mjs";
import { after, EMPTY } from "./tally.mjs";

const { EventStoreFactory, OptimisticLockError } = adapter;
const [endpoint, journal] = process.argv.slice(2);
const snapshots = `${journal}-snapshots`;
const client = new DynamoDBClient({ endpoint });

class AircraftId {
  typeName = "aircraft";
  constructor(value) {
    this.value = value;
  }
  asString() {
    return `${this.typeName}-${this.value}`;
  }
}

class Aircraft {
  typeName = "Aircraft";
  constructor(id, tally, sequenceNumber, version) {
    Object.assign(this, { id, tally, sequenceNumber, version });
  }
  withVersion(version) {
    return new Aircraft(this.id, this.tally, this.sequenceNumber, version);
  }
  updateVersion(change) {
    return this.withVersion(change(this.version));
  }
  after(event) {
    return new Aircraft(this.id, after(this.tally, event.record), event.sequenceNumber, this.version);
  }
  fly(record) {
    const event = happened("AircraftFlown", this.id, this.sequenceNumber + 1, { record, isCreated: false });
    return [this.after(event), event];
  }
}

function happened(typeName, aggregateId, sequenceNumber, more) {
  return { typeName, id: crypto.randomUUID(), aggregateId, sequenceNumber, occurredAt: new Date(), ...more };
}

const idFrom = ({ value }) => new AircraftId(value);
const store = EventStoreFactory.ofDynamoDB(
  client,
  journal,
  snapshots,
  "journal-aid",
  "snapshots-aid",
  32,
  ({ data }) => ({ ...data, aggregateId: idFrom(data.aggregateId), occurredAt: new Date(data.occurredAt) }),
  ({ data }) => new Aircraft(idFrom(data.id), data.tally, data.sequenceNumber, data.version),
);

const key = (name, type) => ({ AttributeName: name, KeyType: type });
const table = (name, index) =>
  new CreateTableCommand({
    TableName: name,
    KeySchema: [key("pkey", "HASH"), key("skey", "RANGE")],
    AttributeDefinitions: Object.entries({ pkey: "S", skey: "S", aid: "S", seq_nr: "N" }).map(
      ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }),
    ),
    GlobalSecondaryIndexes: [
      {
        IndexName: index,
        KeySchema: [key("aid", "HASH"), key("seq_nr", "RANGE")],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    BillingMode: "PAY_PER_REQUEST",
  });

async function created(id) {
  const aircraft = new Aircraft(id, EMPTY, 1, 1);
  await store.persistEventAndSnapshot(happened("AircraftCreated", id, 1, { isCreated: true }), aircraft);
  return aircraft;
}

const driven = {
  async create() {
    await client.send(table(journal, "journal-aid"));
    await client.send(table(snapshots, "snapshots-aid"));
  },
  async load(stream) {
    const id = new AircraftId(stream);
    const snapshot = await store.getLatestSnapshotById(id);
    if (snapshot === undefined) return created(id);
    const events = await store.getEventsByIdSinceSequenceNumber(id, snapshot.sequenceNumber + 1);
    return events.reduce((aircraft, event) => aircraft.after(event), snapshot);
  },
  async append(aircraft, record) {
    const [flown, event] = aircraft.fly(record);
    await store.persistEvent(event, aircraft.version);
    return flown.updateVersion((version) => version + 1);
  },
  tally: ({ tally }) => tally,
  isConflict: (error) => error instanceof OptimisticLockError,
};

await serve(driven, "event-store-adapter-js", "@aws-sdk/client-dynamodb");
