import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { redriveDeadJobs } from "../../src/jobs/mod.ts"
import {
  deviceHistoryTable,
  setDelivererSettings,
  snowflakeDeliverer,
  type SnowflakeSettings,
} from "../../src/notifications/mod.ts"
import { deviceChanged } from "./events.ts"
import { notificationFixture, NOW, TENANT } from "./fixture.ts"
import { startSnowflake } from "./snowflake-double.ts"

/** A platform with a double of the service that shares its clock. */
async function snowflakeFixture(more: Partial<SnowflakeSettings> = {}) {
  let now = () => NOW
  const snowflake = await startSnowflake(() => now())
  const settings: SnowflakeSettings = {
    account: "myorg-myaccount",
    user: "Loader",
    privateKey: snowflake.privateKey,
    baseUrl: snowflake.url,
    warehouse: "WH",
    database: "DB",
    schema: "PUBLIC",
    role: "LOADER_ROLE",
    table: "DEVICE_HISTORY",
    timeoutMs: 400,
    pollMs: 5,
    ...more,
  }
  const fixture = await notificationFixture([snowflakeDeliverer(settings)])
  now = () => fixture.runtime.clock.now()
  return {
    snowflake,
    settings,
    fixture,
    async [Symbol.asyncDispose]() {
      fixture.store.close()
      await snowflake[Symbol.asyncDispose]()
    },
  }
}

describe("Snowflake", () => {
  it("gets a batch as one bound statement, with times of 24 hours", async () => {
    await using world = await snowflakeFixture()
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    expect(world.fixture.failures).toEqual([])
    const [execution] = world.snowflake.executions
    expect(execution?.body).toMatchObject({
      warehouse: "WH",
      database: "DB",
      schema: "PUBLIC",
      role: "LOADER_ROLE",
      timeout: 60,
      bindings: { 1: { type: "TEXT" } },
    })
    expect(execution?.statement).toMatch(/^MERGE INTO DEVICE_HISTORY AS t\n/)
    expect(execution?.statement).toContain("WHEN NOT MATCHED THEN INSERT (TENANT_ID, EVENT_ID, DEVICE_ID, ")
    expect(execution?.statement).not.toContain("8944500000000000017")
    expect(execution?.rows).toEqual([
      {
        TENANT_ID: "t1",
        EVENT_ID: "device.changed/run1/1",
        DEVICE_ID: "d1",
        SYNC_RUN_ID: "run1",
        RECORDED_AT: "2026-11-22T13:05:09.000Z",
        SERVICE_PROVIDER_ID: "p1",
        SERVICE_PROVIDER: "Our <Jasper> & co",
        INTEGRATION: "Jasper",
        CARRIER_DEVICE_ID: "8944500000000000017",
        ICCID: "8944500000000000017",
        MSISDN: "15550100017",
        IMEI: "490154203237518",
        STATUS: "active",
        CARRIER_STATUS: "ACTIVATED",
        RATE_PLAN: 'Plan "A", 5 MB',
        COMMUNICATION_PLAN: "=HYPERLINK(1)",
        DATA_BYTES: 5_242_880,
        SMS_COUNT: 2,
        USAGE_AT: "2026-11-22T12:00:00.000Z",
        BILLING_PERIOD_START: "2026-10-29T00:00:00.000Z",
        BILLING_PERIOD_END: "2026-11-29T00:00:00.000Z",
        CHANGED_AT: "2026-11-21T23:59:59.000Z",
      },
    ])
  })

  it("names every column of its table in the statement", async () => {
    await using world = await snowflakeFixture({ table: "DB.PUBLIC.HISTORY" })
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    const table = deviceHistoryTable("DB.PUBLIC.HISTORY")
    const columns = [...table.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name]) => name)
    expect(columns).toHaveLength(25)
    const statement = world.snowflake.executions[0]?.statement ?? ""
    expect(statement).toContain(`INSERT (${columns.join(", ")}) VALUES (`)
    for (const row of world.snowflake.executions[0]?.rows ?? [])
      expect(columns).toEqual(expect.arrayContaining(Object.keys(row)))
  })

  it("is asked for the end of a statement that takes longer", async () => {
    await using world = await snowflakeFixture()
    world.snowflake.options.looks = 3
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    expect(world.snowflake.requests.map(({ method }) => method)).toEqual(["POST", "GET", "GET", "GET"])
    expect(world.snowflake.executions).toHaveLength(1)
    expect(await world.fixture.dead()).toEqual([])
  })

  it("executes once a statement that outlasts our patience", async () => {
    await using world = await snowflakeFixture({ pollMs: 1 })
    world.snowflake.options.looks = 50
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    expect(world.snowflake.requests.filter(({ method }) => method === "POST")).toHaveLength(2)
    expect(world.snowflake.executions).toHaveLength(1)
    expect(await world.fixture.dead()).toEqual([])
  })

  it.each([
    ["a connection that breaks after the effect", "reset"],
    ["no answer", "silence"],
    ["503 after the effect", { status: 503 }],
    ["429 after the effect", { status: 429, headers: { "retry-after": "1" } }],
  ] as const)("executes once after %s", async (_name, answer) => {
    await using world = await snowflakeFixture()
    world.snowflake.lost.push(answer, answer)
    await world.fixture.tell(deviceChanged(), deviceChanged({ batch: 2 }))
    await world.fixture.drain()
    expect(await world.fixture.dead()).toEqual([])
    expect(world.snowflake.executions.map(({ rows }) => rows[0]?.["EVENT_ID"])).toEqual([
      "device.changed/run1/1",
      "device.changed/run1/2",
    ])
  })

  it("is asked anew where a failed statement is redriven, though it tells the old failure for the old id", async () => {
    await using world = await snowflakeFixture()
    world.snowflake.options.fail = { status: 422, body: '{"code":"000904","message":"secret text of the statement"}' }
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    expect(await world.fixture.dead()).toMatchObject([
      { errorCode: "notification.refused", errorMessage: "Cannot tell Snowflake: the statement failed with 000904" },
    ])
    expect(world.fixture.failures.join()).not.toContain("secret text")
    world.snowflake.options.fail = undefined
    await redriveDeadJobs(world.fixture.core, TENANT.id)
    await world.fixture.drain()
    expect(world.snowflake.executions.filter(({ failure }) => !failure)).toHaveLength(1)
    expect(await world.fixture.dead()).toEqual([])
  })

  it("does not accept another's key", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    await using world = await snowflakeFixture({
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    })
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    expect(world.snowflake.executions).toEqual([])
    expect(await world.fixture.dead()).toMatchObject([{ errorCode: "notification.unavailable" }])
  })

  it("gets no history of mobility", async () => {
    await using world = await snowflakeFixture()
    await world.fixture.tell(
      deviceChanged({ integrationType: "Telegence" }),
      deviceChanged({ batch: 2, integrationType: "eBonding" }),
    )
    await world.fixture.drain()
    expect(world.snowflake.requests).toEqual([])
  })

  it("takes settings that fit only", async () => {
    await using world = await snowflakeFixture()
    const set = (more: object) =>
      setDelivererSettings(world.fixture.core, TENANT.id, "snowflake", { ...world.settings, ...more })
    await set({})
    await expect(set({ table: "T; DROP TABLE T" })).rejects.toMatchObject({ field: "table" })
    await expect(set({ privateKey: "-----BEGIN ENCRYPTED PRIVATE KEY-----" })).rejects.toMatchObject({
      field: "privateKey",
    })
    await set({ privateKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" })
    await world.fixture.tell(deviceChanged())
    await world.fixture.drain()
    expect(await world.fixture.dead()).toMatchObject([{ errorCode: "input.invalid" }])
  })
})
