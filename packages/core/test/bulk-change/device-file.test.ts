import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { failedDevicesCsv, receiveDeviceFile, type ReceiveDeviceFileRequest } from "../../src/bulk-change/mod.ts"
import { faultPlan, faultyStore, testRuntime } from "../../src/testing/mod.ts"
import { deviceId, fleet, openWorld, PROVIDER, TENANT, type World } from "./test-world.ts"

const NOW = Date.UTC(2026, 0, 10, 12)
const open = () => openWorld({ runtime: testRuntime({ seed: 1, startAt: NOW }), createClient, sql }, fleet(8))

const receive = (world: World, file: string, more: Partial<ReceiveDeviceFileRequest> = {}) =>
  receiveDeviceFile(
    { store: world.store, runtime: world.runtime, carrierFor: async () => world.fake.carrier },
    {
      tenantId: TENANT,
      createdBy: "test",
      role: "operator",
      file: [file],
      request: { serviceProviderId: PROVIDER, changeType: "CarrierRatePlanChange", processChanges: true },
      ...more,
    },
  )
const failed = async (world: World, id: string) =>
  (await Array.fromAsync(failedDevicesCsv(world, { tenantId: TENANT, id }))).join("")

const FILE = [
  "ICCID;Rate Plan;Note",
  `${deviceId(1)};B;first`,
  `8.90E+18;B;spoiled`,
  `${deviceId(2)};B;"open`,
  `${deviceId(3)};Nonsense;plan`,
  `8999999999999999999;B;nobody's`,
  `${deviceId(4)};B;last`,
  "",
].join("\r\n")

describe("receiveDeviceFile()", () => {
  it("changes what can be changed; each other line is an ERROR with its line, column and reason", async () => {
    const world = await open()
    const change = await receive(world, FILE)
    await world.run()
    const rows = await world.rows(change.id)
    expect(rows.map(({ status, code }) => [status, code])).toEqual([
      ["PROCESSED", null],
      ["ERROR", "input_invalid"],
      ["ERROR", "input_invalid"],
      ["ERROR", "rate_plan_unknown"],
      ["ERROR", "device_unknown"],
      ["PROCESSED", null],
    ])
    expect(rows[1]?.text).toMatch(/^Line 3, ICCID: a spreadsheet has lost/)
    expect(rows[2]?.text).toMatch(/^Line 4: a quote is not closed/)
    expect(world.fake.truthOf(deviceId(4))?.ratePlan).toBe("B")
  })

  it("gives the failed lines back, and takes them again once they are mended", async () => {
    const world = await open()
    const first = await receive(world, FILE)
    await world.run()
    const file = await failed(world, first.id)
    const lines = file.trimEnd().split("\r\n")
    expect(lines[0]).toBe("ICCID,Rate Plan,Note,Error")
    expect(lines).toHaveLength(5)
    const mended = file.replace("8.90E+18", deviceId(5)).replace("Nonsense", "B")
    const again = await receive(world, mended)
    await world.run()
    const rows = await world.rows(again.id)
    expect(rows.map(({ status }) => status)).toEqual(["PROCESSED", "ERROR", "PROCESSED", "ERROR"])
    expect([deviceId(3), deviceId(5)].map((id) => world.fake.truthOf(id)?.ratePlan)).toEqual(["B", "B"])
  })

  it("holds for all lines what the request says, unless the line says otherwise", async () => {
    const world = await open()
    const request = {
      serviceProviderId: PROVIDER,
      changeType: "CarrierRatePlanChange",
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
    }
    const change = await receive(world, `iccid,plan code,rate plan\n${deviceId(1)},x,\n${deviceId(2)},x,S\n`, {
      request,
    })
    expect((await world.rows(change.id)).map(({ to }) => to["ratePlan"])).toEqual(["B", "S"])
    expect(change.state).toBe("planned")
  })

  it("refuses a date in a line rather than to change the device at another time", async () => {
    const world = await open()
    const change = await receive(world, `iccid,rate plan,effective date\n${deviceId(1)},B,2026-02-01\n`)
    expect(await world.rows(change.id)).toMatchObject([
      { status: "ERROR", code: "input_invalid", text: expect.stringMatching(/^Line 2, effectiveDate: /) },
    ])
  })

  it("stores nothing where the file as a whole cannot be read", async () => {
    const world = await open()
    await expect(receive(world, "name\nx\n")).rejects.toMatchObject({ code: "input.invalid", field: "header" })
    await expect(receive(world, FILE, { role: "viewer" })).rejects.toMatchObject({ field: "role" })
    expect(await world.store.rows(sql`SELECT 1 FROM bulk_change UNION ALL SELECT 1 FROM bulk_change_file`)).toEqual([])
  })

  it("handed in again after a crash under the same name, it is the same bulk change", async () => {
    for (const name of ["keep-file", "keep-file-lines", "plan-devices"]) {
      const point = `after:bulk-change.${name}` as const
      const world = await open()
      const plan = faultPlan({ failAt: { point, occurrence: 1 } })
      const crashing = { ...world, store: faultyStore(world.store, plan) }
      await expect(receive(crashing as World, FILE, { requestId: "upload-1" })).rejects.toThrow()
      const change = await receive(world, FILE, { requestId: "upload-1" })
      expect((await world.rows(change.id)).map(({ status }) => status)).toEqual([
        "NEW",
        "ERROR",
        "ERROR",
        "ERROR",
        "ERROR",
        "NEW",
      ])
      expect(await receive(world, FILE, { requestId: "upload-1" })).toMatchObject({ id: change.id })
    }
  })
})

describe("failedDevicesCsv()", () => {
  it("names the devices of a bulk change that came without a file", async () => {
    const world = await open()
    const change = await world.receive({
      changeType: "CarrierRatePlanChange",
      devices: [deviceId(1), "8999999999999999999"],
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
    })
    await world.run()
    expect((await failed(world, change.id)).split("\r\n").slice(0, 2)).toEqual([
      "device,Error",
      expect.stringMatching(/^'8999999999999999999,The inventory has no such device/),
    ])
    await expect(failed(world, "none")).rejects.toMatchObject({ code: "input.not_found" })
  })
})
