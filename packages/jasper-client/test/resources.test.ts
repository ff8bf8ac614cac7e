import { describe, expect, test } from "vitest"
import { ICCID, json, memoryCarrier } from "./memory-carrier.ts"

/** Each resource with an answer in the carrier's own shape: the call that is made, and what comes out. */
async function all<Item>(list: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const item of list) items.push(item)
  return items
}

test('device details: dates of style A, empty and "null" text, both names of the eUICC id', async () => {
  const { client, calls } = memoryCarrier(() =>
    json({
      iccid: ICCID,
      imsi: "001010000000017",
      msisdn: "15550000017",
      imei: "",
      status: "ONHOLD",
      ratePlan: "Flex 5MB",
      communicationPlan: "LTE Data Only",
      customer: null,
      endConsumerId: null,
      dateActivated: "2026-01-12 09:30:11.004+0000",
      dateAdded: "2025-11-02 10:00:00.000+0000",
      dateUpdated: "2026-02-20T17:05:42.318Z",
      dateShipped: null,
      accountId: 100000001,
      fixedIPAddress: "null",
      accountCustom1: "depot-7",
      accountCustom2: "",
      simNotes: null,
      euiccid: "89001567012345678901234567890123",
      deviceID: "pump-17",
      globalSimType: "NONE",
      brandNew: { a: 1 },
    }),
  )
  const details = await client.devices.get(ICCID)
  expect(calls[0]).toMatchObject({ method: "GET", path: `/devices/${ICCID}` })
  expect(details).toMatchObject({
    status: "ONHOLD",
    imei: null,
    accountId: "100000001",
    fixedIPAddress: null,
    eid: "89001567012345678901234567890123",
    dateActivated: Date.UTC(2026, 0, 12, 9, 30, 11, 4),
    dateUpdated: Date.UTC(2026, 1, 20, 17, 5, 42, 318),
    dateShipped: null,
    custom: { accountCustom1: "depot-7", accountCustom2: "" },
    brandNew: { a: 1 },
  })
  expect(details).not.toHaveProperty("accountCustom1")
})

describe("wrong shapes are told by path", () => {
  test.each([
    ["dateUpdated", { iccid: ICCID, status: "X", dateUpdated: "yesterday" }],
    ["iccid", { iccid: "17", status: "X" }],
    ["status", { iccid: ICCID }],
    ["ratePlan", { iccid: ICCID, status: "X", ratePlan: 5 }],
  ])("%s", async (path, body) => {
    const { client } = memoryCarrier(() => json(body, 200, { "x-request-id": "r-1" }))
    const error = await client.devices.get(ICCID).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: "response.schema", requestId: "r-1" })
    expect((error as Error).message).toContain(path)
    expect((error as Error).message).not.toMatch(/yesterday|8944/)
  })
})

test("cycle usage", async () => {
  const { client, calls } = memoryCarrier(() =>
    json({
      iccid: ICCID,
      status: "ACTIVATED",
      ratePlan: "Flex 5MB",
      communicationPlan: "LTE Data Only",
      ctdDataUsage: 4718592000,
      ctdSMSUsage: 3,
      ctdVoiceUsage: 0,
      ctdSessionCount: 41,
      overageLimitReached: false,
      overageLimitOverride: "DEFAULT",
    }),
  )
  expect(await client.devices.cycleUsage(ICCID)).toEqual({
    iccid: ICCID,
    status: "ACTIVATED",
    ratePlan: "Flex 5MB",
    communicationPlan: "LTE Data Only",
    dataBytes: 4_718_592_000,
    smsCount: 3,
    voiceSeconds: 0,
    sessionCount: 41,
    overageLimitReached: false,
    overageLimitOverride: "DEFAULT",
  })
  expect(calls[0]?.path).toBe(`/devices/${ICCID}/ctdUsages`)
})

test("cycle usage without the volume is no zero", async () => {
  const { client } = memoryCarrier(() => json({ iccid: ICCID }))
  await expect(client.devices.cycleUsage(ICCID)).rejects.toMatchObject({ code: "response.schema" })
})

test("usage by rate plan: zones and devices, summed per row, over pages", async () => {
  const { client, calls } = memoryCarrier((call) => {
    const page = Number(new URLSearchParams(call.path.split("?")[1]).get("pageNumber"))
    const device = (n: number) => ({
      deviceId: `8944${String(n).padStart(15, "0")}`,
      usage: { dataUsage: 100 + n, smsMOUsage: 1, smsMTUsage: 2, voiceMOUsage: 3, voiceMTUsage: 4 },
    })
    if (page === 1)
      return json({
        zones: [{ zone: "Home", devices: Array.from({ length: 50 }, (_, n) => device(n)) }],
        lastPage: false,
      })
    return json({ zones: [{ zone: "Away", devices: [device(0), { deviceId: ICCID, usage: null }] }], lastPage: true })
  })
  const rows = await all(
    client.usages.byRatePlan("Flex 5MB, shared", { cycleStartDate: "2026-03-01", ratePlanVersion: 2 }),
  )
  expect(rows).toHaveLength(52)
  expect(rows[51]).toEqual({ iccid: ICCID, zone: "Away", dataBytes: 0, smsCount: 0, voiceSeconds: 0 })
  expect(rows[50]).toEqual({ iccid: "8944000000000000000", zone: "Away", dataBytes: 100, smsCount: 3, voiceSeconds: 7 })
  expect(calls[0]?.path).toBe(
    "/usages?ratePlanName=Flex+5MB%2C+shared&cycleStartDate=2026-03-01&ratePlanVersion=2&pageSize=50&pageNumber=1",
  )
  expect(calls).toHaveLength(2)
})

test("rate plans: numbers as numbers or text, flags as text, any service", async () => {
  const { client } = memoryCarrier(() =>
    json({
      operatorName: "Example Mobile",
      pageNumber: 1,
      lastPage: true,
      ratePlans: [
        {
          name: "Flex 5MB",
          id: 20001,
          accountId: "100000001",
          versionId: 30002,
          version: "2",
          status: "PUBLISHED",
          type: "Monthly - Pooled Subscriber",
          subscriptionCharge: 2.5,
          subscriptionChargeUnit: "GBP",
          tiers: [
            { tierLevel: 1, subscriberThreshold: 0, subscriberCapacity: "Unlimited", perSubscriberCharge: "2.50" },
          ],
          zones: { reportOverageAsRoaming: { Home: "false", Away: "true" } },
          dataUsage: {
            useDefaultRating: false,
            usageLimit: 50,
            usageLimitUnit: "MB",
            zones: {
              Home: {
                includedData: "5",
                includedDataUnit: "MB",
                bulkOverageEnabled: false,
                useTheseDataRoundingSettingsForAllZones: "true",
                dataRoundingUnit: "1 KB",
                tiers: [
                  {
                    tierLevel: 1,
                    subscribersMoreThan: 0,
                    subscribersUpTo: "Unlimited",
                    dataOverage: "0.10",
                    dataOverageUnit: "GBP/MB",
                  },
                ],
              },
            },
          },
          smsUsage: {
            poolSMSUsage: "true",
            zones: {
              Home: {
                includedSMSMO: 10,
                includedSMSMOUnit: "msg",
                tiers: [{ tierLevel: 1, smsOverageMO: "0.05", smsOverageMOUnit: "GBP" }],
              },
            },
          },
        },
        { name: "Bare" },
      ],
    }),
  )
  const [flex, bare] = await all(client.ratePlans.list())
  expect(flex).toMatchObject({
    id: "20001",
    version: 2,
    subscriptionCharge: "2.5",
    tiers: [{ perSubscriberCharge: "2.50", subscriberCapacity: "Unlimited" }],
    reportOverageAsRoaming: { Home: false, Away: true },
    dataUsage: {
      usageLimit: "50",
      zones: {
        Home: {
          includedData: "5",
          useTheseDataRoundingSettingsForAllZones: true,
          tiers: [{ overage: "0.10", overageUnit: "GBP/MB", subscribersMoreThan: "0" }],
        },
      },
    },
    smsUsage: { pooled: true, zones: { Home: { included: "10", tiers: [{ overage: "0.05" }] } } },
    voiceUsage: null,
  })
  expect(bare).toMatchObject({ name: "Bare", type: null, tiers: [], dataUsage: null })
})

test("usage by zone: an object keyed by plan and version, both spellings of SMS", async () => {
  const { client, calls } = memoryCarrier(() =>
    json({
      iccid: ICCID,
      timeStamp: "2026-02-21T03:02:18.393Z",
      cycleStartDate: "2026-02-01T00:00:00.000Z",
      cycleEndDate: "2026-02-28T23:59:59.000Z",
      deviceCycleUsageInZones: {
        "Flex 5MB, 2": [
          {
            ratePlan: "Flex 5MB",
            ratePlanVersion: "2",
            zone: "Home",
            dataUsage: 4718592,
            dataUsageUnit: "bytes",
            voiceMTUsage: null,
            smsmtusage: 2,
            smsmousage: 1,
          },
        ],
        "Flex 1MB, 1": [{ ratePlan: "Flex 1MB", ratePlanVersion: 1, zone: "Away", dataUsage: 0, SMSMTUsage: 5 }],
      },
    }),
  )
  expect(await client.devices.zoneUsage(ICCID, { cycleStartDate: "2026-02-01" })).toMatchObject({
    answeredAt: Date.UTC(2026, 1, 21, 3, 2, 18, 393),
    rows: [
      {
        ratePlan: "Flex 5MB",
        ratePlanVersion: 2,
        dataUsage: 4_718_592,
        smsMTUsage: 2,
        smsMOUsage: 1,
        voiceMTUsage: null,
      },
      { ratePlan: "Flex 1MB", smsMTUsage: 5, smsMOUsage: null },
    ],
  })
  expect(calls[0]?.path).toBe(`/devices/${ICCID}/usageInZone?cycleStartDate=2026-02-01Z`)
})

test("session: the three states", async () => {
  const started = "2026-02-21 01:31:07.000+0000"
  const answers = [
    { iccid: ICCID, ipAddress: "null", dateSessionStarted: null, dateSessionEnded: null },
    { iccid: ICCID, ipAddress: "10.20.0.17", dateSessionStarted: started, dateSessionEnded: null },
    { iccid: ICCID, ipAddress: null, dateSessionStarted: started, dateSessionEnded: "2026-02-21 02:00:00.000+0000" },
  ]
  const { client } = memoryCarrier((_call, nth) => json(answers[nth - 1]))
  expect(await client.devices.session(ICCID)).toMatchObject({ state: "never", ipAddress: null, ipv6Address: null })
  expect(await client.devices.session(ICCID)).toMatchObject({ state: "online", ipAddress: "10.20.0.17" })
  expect(await client.devices.session(ICCID)).toMatchObject({
    state: "offline",
    dateSessionEnded: Date.UTC(2026, 1, 21, 2),
  })
})

test("audit trail, locations, SMS, accounts, customers, echo", async () => {
  const { client, calls } = memoryCarrier((call) => {
    if (call.path.includes("/auditTrails")) {
      return json({
        iccid: ICCID,
        lastPage: true,
        deviceAuditTrails: [{ field: "SIM Status", value: "Activated", effectiveDate: "2026-01-12T09:30:11.004Z" }],
      })
    }
    if (call.path.includes("/locationHistory")) {
      return json({
        lastPage: true,
        simlocations: [
          { iccid: ICCID, dateReceived: "2026-02-21 01:31:09.000+0000", latitude: 51.5, longitude: "-0.1200" },
        ],
      })
    }
    if (call.method === "POST") return json({ smsMsgId: 700001 })
    if (call.path.startsWith("/smsMessages?")) return json({ smsMsgIds: [700001, "700002"], lastPage: true })
    if (call.path.startsWith("/smsMessages/"))
      return json({ smsMsgId: "700001", status: "Delivered", dateSent: "2026-02-21 03:00:00.000+0000" })
    if (call.path.startsWith("/accounts?"))
      return json({
        lastPage: true,
        accounts: [
          {
            accountId: 7,
            accountName: "A",
            defaultRatePlan: { defaultRatePlanId: 20001, defaultRatePlanName: "Flex 5MB" },
          },
        ],
      })
    if (call.path.startsWith("/accounts/")) return json({ accountId: "7", currency: "GBP" })
    if (call.path.startsWith("/customers")) return json({ customers: [] })
    return json({ context: "a b/ü" })
  })
  expect(await all(client.devices.auditTrail(ICCID, { daysOfHistory: 60 }))).toMatchObject([
    { field: "SIM Status", priorValue: null },
  ])
  expect(await all(client.devices.locations(ICCID, { fromDate: "2026-02-01T00:00:00Z" }))).toMatchObject([
    { latitude: "51.5", longitude: "-0.1200" },
  ])
  expect(await client.sms.send(ICCID, { messageText: "reboot" })).toEqual({ smsMsgId: "700001" })
  expect(await all(client.sms.search({ fromDate: "2026-02-01T00:00:00Z", iccid: ICCID, msgType: "MT" }))).toEqual([
    "700001",
    "700002",
  ])
  expect(await client.sms.get("700001")).toMatchObject({ status: "Delivered", dateSent: Date.UTC(2026, 1, 21, 3) })
  expect(await all(client.accounts.list())).toMatchObject([{ accountId: "7", defaultRatePlanId: "20001" }])
  expect(await client.accounts.get("7")).toMatchObject({ accountId: "7", currency: "GBP" })
  expect(await client.customers.list()).toEqual({ customers: [] })
  expect(await client.echo("a b/ü")).toBe("a b/ü")
  expect(calls.map((call) => `${call.method} ${call.path}`)).toEqual([
    `GET /devices/${ICCID}/auditTrails?daysOfHistory=60&pageSize=50&pageNumber=1`,
    `GET /devices/${ICCID}/locationHistory?pageSize=50&fromDate=2026-02-01T00%3A00%3A00Z&pageNumber=1`,
    `POST /devices/${ICCID}/smsMessages`,
    `GET /smsMessages?fromDate=2026-02-01T00%3A00%3A00Z&pageSize=50&iccid=${ICCID}&msgType=MT&pageNumber=1`,
    "GET /smsMessages/700001",
    "GET /accounts?pageSize=50&pageNumber=1",
    "GET /accounts/7",
    "GET /customers",
    "GET /echo/a%20b%2F%C3%BC",
  ])
})

test("a name in ISO-8859-1 keeps its accents, labelled or not", async () => {
  const bytes = Uint8Array.from(JSON.stringify({ context: "Zürich" }), (character) => character.charCodeAt(0))
  const { client } = memoryCarrier(
    (_call, nth) =>
      new Response(bytes, {
        headers: { "content-type": nth === 1 ? "application/json;charset=ISO-8859-1" : "application/json" },
      }),
  )
  expect(await client.echo("x")).toBe("Zürich")
  expect(await client.echo("x")).toBe("Zürich")
})

test("caller mistakes are told before anything is sent", async () => {
  const { client, calls } = memoryCarrier(() => json({}))
  await expect(client.devices.get("123")).rejects.toThrow(RangeError)
  await expect(client.sms.send(ICCID, { messageText: "x".repeat(71), dataCoding: 8 })).rejects.toThrow(RangeError)
  await expect(client.sms.send(ICCID, { messageText: "" })).rejects.toThrow(TypeError)
  expect(() => client.devices.auditTrail(ICCID, { daysOfHistory: 366 })).toThrow(RangeError)
  expect(() => client.usages.byRatePlan("")).toThrow(TypeError)
  expect(() => client.usages.byRatePlan("A", { cycleStartDate: "1 March" })).toThrow(RangeError)
  expect(() => client.devices.scan({ scope: "since" })).toThrow(TypeError)
  expect(() => client.devices.scan({ scope: "all", marginMs: -1 })).toThrow(RangeError)
  expect(calls).toHaveLength(0)
})
