import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { receiveBulkChange, receiveBulkChangeJson } from "../../src/bulk-change/mod.ts"
import { readRequestJson } from "../../src/bulk-change/json/read-request-json.ts"
import { faultPlan, faultyStore, testRuntime } from "../../src/testing/mod.ts"
import { deviceId, fleet, openWorld, PROVIDER, TENANT, type World } from "./test-world.ts"

const ASKED = { tenantId: TENANT, createdBy: "test", role: "operator" } as const

const open = (count = 10) =>
  openWorld({ runtime: testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 1) }), createClient, sql }, fleet(count))

const requestOf = (devices: readonly unknown[]) => ({
  serviceProviderId: PROVIDER,
  changeType: "CarrierRatePlanChange",
  processChanges: false,
  // Before what says what is asked for, as the documents print it.
  devices,
  carrierRatePlanUpdate: { carrierRatePlan: "B", commPlan: null, effectiveDate: null },
})

const receive = (world: World, json: Iterable<string | Uint8Array>, more: object = {}) =>
  receiveBulkChangeJson(world, { ...ASKED, json, ...more })

function* cut(bytes: Uint8Array, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

const spooled = async (world: World) =>
  (await world.store.rows<{ count: number }>(sql`SELECT count(*) AS count FROM bulk_change_spool`))[0]?.count

const planOf = async (world: World, id: string) =>
  (await world.rows(id)).map(({ identifier, status, code, text, to }) => ({ identifier, status, code, text, to }))

async function readWhole(pieces: Iterable<string | Uint8Array>) {
  const reading = readRequestJson(pieces)
  const devices = []
  for (;;) {
    const next = await reading.next()
    if (next.done) return { devices, rest: next.value }
    devices.push(...next.value)
  }
}

describe("a request as JSON text", { timeout: 60_000 }, () => {
  it("is the same bulk change as the parsed one, wherever it is cut into pieces", async () => {
    const devices = [
      deviceId(1),
      "none",
      { ICCID: deviceId(2) },
      null,
      [deviceId(3)],
      {},
      deviceId(1),
      `${deviceId(4)}F`,
      " ",
    ]
    const request = requestOf(devices)
    const bytes = new TextEncoder().encode(JSON.stringify({ Note: "Zürich 🚰", ...request }, null, 2))
    const world = await open()
    const wanted = await planOf(world, (await receiveBulkChange(world, { ...ASKED, request })).id)
    expect(wanted.map(({ status, code }) => code ?? status)).toEqual([
      "NEW",
      "identifier_invalid",
      "NEW",
      "identifier_invalid",
      "identifier_invalid",
      "identifier_invalid",
      "duplicate",
      "NEW",
      "identifier_invalid",
    ])
    for (const size of [1, 7, bytes.length]) {
      const change = await receive(world, cut(bytes, size))
      expect(await planOf(world, change.id)).toEqual(wanted)
    }
  })

  it("of more devices than fit at once is kept by the database while it is read, and no longer", async () => {
    const world = await open()
    const devices = Array.from({ length: 6_500 }, (_, index) => (index === 5_000 ? deviceId(3) : `no ${index}`))
    const text = JSON.stringify(requestOf(devices))
    let most = 0
    const unit: World["store"]["unit"] = async (...args) => {
      most = Math.max(most, (await spooled(world)) ?? 0)
      return world.store.unit(...args)
    }
    const watched = { ...world, store: { ...world.store, unit } }
    const change = await receive(watched, cut(new TextEncoder().encode(text), 10_000))
    expect(most).toBeGreaterThan(1)
    expect(await spooled(world)).toBe(0)
    expect(change).toMatchObject({ state: "planned", deviceCount: 6_500, refusedCount: 6_499 })
    const rows = await planOf(world, change.id)
    expect(rows.map(({ identifier }) => identifier)).toEqual(devices)
    expect(rows[5_000]).toMatchObject({ status: "NEW", to: { ratePlan: "B" } })
  })

  it("refuses a device whose digits are lost, because it was written as a number, by name", async () => {
    const world = await open()
    const text = JSON.stringify(requestOf([deviceId(1)])).replace(`["`, `[8900000000000000017,{"iccid":8.9e18},"`)
    const change = await receive(world, [text])
    const rows = await planOf(world, change.id)
    expect(rows.map(({ identifier, code }) => [identifier, code])).toEqual([
      ["8.9e+18", "identifier_invalid"],
      ["8.9e+18", "identifier_invalid"],
      [deviceId(1), null],
    ])
    expect(rows[0]?.text).toMatch(/last digits are lost.*in quotes/)
  })

  it.each([
    ["", "request"],
    ["{", "request"],
    [JSON.stringify(requestOf(["1"])).slice(0, -1), "request"],
    [`${JSON.stringify(requestOf(["1"]))}]`, "request"],
    [`{"devices":["8900000000000000017",x]}`, "request"],
    ["[]", "serviceproviderid"],
    ["null", "serviceproviderid"],
    [`{"devices":["1"],"Devices":["2"]}`, "devices"],
    [JSON.stringify(requestOf([])), "devices"],
    [JSON.stringify({ ...requestOf([]), devices: deviceId(1) }), "devices"],
    [JSON.stringify({ ...requestOf(["1"]), changeType: null }), "changeType"],
  ])("%s is refused by field %s, and nothing is stored", async (text, field) => {
    const world = await open()
    const refusal = await receive(world, [text]).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: "input.invalid", field })
    // What the parser says of it would quote identifiers.
    expect((refusal as Error).message).not.toMatch(/89000/)
    expect(await world.store.rows(sql`SELECT 1 FROM bulk_change`)).toEqual([])
  })

  it("that breaks off late leaves nothing behind; a viewer's is not even read", async () => {
    const world = await open()
    const text = JSON.stringify(requestOf(Array.from({ length: 6_500 }, (_, index) => `no ${index}`)))
    await expect(receive(world, cut(new TextEncoder().encode(text.slice(0, -1)), 10_000))).rejects.toMatchObject({
      field: "request",
    })
    expect(await spooled(world)).toBe(0)
    let read = 0
    const counted = (function* () {
      read++
      yield text
    })()
    await expect(receive(world, counted, { role: "viewer" })).rejects.toMatchObject({ field: "role" })
    expect(read).toBe(0)
  })

  it("handed in again after a crash under the same name is one bulk change; what was left goes after a day", async () => {
    const devices = Array.from({ length: 6_500 }, (_, index) => `no ${index}`)
    const pieces = () => cut(new TextEncoder().encode(JSON.stringify(requestOf(devices))), 10_000)
    for (const point of ["after:bulk-change.spool", "before:bulk-change.drop-spool"] as const) {
      const world = await open()
      // A process that ended cannot tidy up either.
      const crashing = faultyStore(world.store, faultPlan({ failAt: { point, occurrence: 1 } }))
      let isDead = false
      const unit: World["store"]["unit"] = async (...args) => {
        if (isDead) throw new Error("Ended")
        return crashing.unit(...args).catch((error: unknown) => {
          isDead = true
          throw error
        })
      }
      const dying = { ...world, store: { ...crashing, unit } }
      await expect(receive(dying, pieces(), { requestId: "upload-1" })).rejects.toThrow()
      expect(await spooled(world)).toBeGreaterThan(0)
      const change = await receive(world, pieces(), { requestId: "upload-1" })
      expect(change).toMatchObject({ state: "planned", deviceCount: 6_500 })
      await world.runtime.clock.sleep(86_400_001)
      expect(await receive(world, pieces(), { requestId: "upload-1" })).toMatchObject({ id: change.id })
      expect(await spooled(world)).toBe(0)
    }
  })

  it("says what JSON.parse says of any text", async () => {
    const entry = fc.jsonValue({ maxDepth: 2 })
    const document = fc.record({ devices: fc.array(entry), more: entry, Devicesx: fc.array(entry) })
    await fc.assert(
      fc.asyncProperty(document, fc.integer({ min: 1, max: 40 }), fc.nat(3), async (given, size, indent) => {
        const text = JSON.stringify(given, null, indent)
        const { devices, rest } = await readWhole(cut(new TextEncoder().encode(text), size))
        const parsed = JSON.parse(text)
        expect({ ...(rest as object), devices }).toEqual(parsed)
        expect(await readWhole([text])).toEqual({ devices, rest })
      }),
      { numRuns: 200 },
    )
  })
})
