import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { cancelBulkChange, recheckUnknown, retryBulkChange } from "../../src/bulk-change/mod.ts"
import { reconcileOptimization } from "../../src/mod.ts"
import {
  findOptimizationApply,
  getOptimizationSession,
  type GuardRails,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import { type AppliedDevice, MB, openApplyWorld, TENANT } from "./apply-world.ts"

const id = (number: number) => `8901000000000000${String(number).padStart(4, "0")}`

/** Small costs 1, Large 4; what is above 5 MB costs 0.1 per MB on Small: SIM n uses n MB and should leave Large up to 34. */
const PLANS = [
  { name: "Small", monthly: 1_000_000, includedBytes: 5 * MB, overageCost: 100_000 },
  { name: "Large", monthly: 4_000_000, includedBytes: 50 * MB },
]
const device = (number: number, more: Partial<AppliedDevice> = {}): AppliedDevice => ({
  id: id(number),
  ratePlan: "Large",
  mb: number,
  ...more,
})
const TEN = [3, 4, 10, 15, 20, 25, 30, 33, 40, 45].map((number) => device(number))
const world = (devices: readonly AppliedDevice[] = TEN, options: Parameters<typeof openApplyWorld>[1] = {}) =>
  openApplyWorld({ plans: PLANS, permitted: { Cars: ["Small", "Large"] }, devices }, options)

async function applied(
  guardRails: Partial<GuardRails>,
  devices?: readonly AppliedDevice[],
  options?: Parameters<typeof openApplyWorld>[1],
) {
  const opened = await world(devices, options)
  const session = await opened.optimize()
  const planned = await opened.plan(session.id, guardRails)
  const numbers = async (which: "moves" | "heldBack") =>
    (await opened.list(session.id, which)).map((move) => [Number(move.carrierDeviceId.slice(-4)), move.heldBackBy])
  const reconciliation = async () => (await findOptimizationApply(opened.core, TENANT, session.id))?.reconciliation
  return { ...opened, session, planned, numbers, reconciliation }
}

describe("guard rails", { timeout: 60_000 }, () => {
  it("without any, plans all moves of the session, those that save most first", async () => {
    const { planned, session, numbers } = await applied({})
    expect(session.moveCount).toBe(8)
    expect((await numbers("moves")).map(([number]) => number)).toEqual([3, 4, 10, 15, 20, 25, 30, 33])
    expect(await numbers("heldBack")).toEqual([])
    expect(planned.change).toMatchObject({ state: "planned", deviceCount: 8, canary: null })
    // 3 + 3 + 2.5 + 2 + 1.5 + 1 + 0.5 + 0.2
    expect(planned.apply).toMatchObject({ predictedSaving: "13700000", plannedSaving: "13700000", moveCount: 8 })
    expect(planned.change.saving).toBe(13_700_000n)
  })

  it("most moves: those that save most are left", async () => {
    const { planned, numbers } = await applied({ mostMoves: 3 })
    expect((await numbers("moves")).map(([number]) => number)).toEqual([3, 4, 10])
    expect(await numbers("heldBack")).toEqual([15, 20, 25, 30, 33].map((number) => [number, "mostMoves"]))
    expect(planned.apply).toMatchObject({ plannedSaving: "8500000", heldBack: { mostMoves: 5, protected: 0 } })
  })

  it("least saving: a move that saves less is not made", async () => {
    const { planned, numbers } = await applied({ leastSaving: 1_000_000 })
    expect((await numbers("moves")).map(([number]) => number)).toEqual([3, 4, 10, 15, 20, 25])
    expect(await numbers("heldBack")).toEqual([30, 33].map((number) => [number, "savesTooLittle"]))
    expect(planned.apply.plannedSaving).toBe("13000000")
  })

  it("protected SIMs stay: by ICCID without its last digit, by customer, by fields", async () => {
    const devices = TEN.map((one, at) => (at < 2 ? { ...one, customerId: "c1" } : one))
    const { numbers, list, session } = await applied(
      {
        protectedSims: [
          { iccid: [id(10).slice(0, 19)] },
          { customerId: ["c1"], ratePlan: ["Large"] },
          { customerId: ["c1"], status: ["suspended"] },
          { carrierDeviceId: { startsWith: "9" } },
        ],
      },
      devices,
    )
    // The two ICCIDs that begin with the same 19 digits are one SIM to us.
    expect((await numbers("heldBack")).map(([number]) => number)).toEqual(expect.arrayContaining([3, 4, 10, 15]))
    expect((await numbers("moves")).map(([number]) => number)).not.toContain(10)
    expect((await list(session.id, "heldBack"))[0]).toMatchObject({ heldBackBy: "protected", saving: 0 })
  })

  it("rules of the carrier are named with their source", async () => {
    const source = "Verizon ThingSpace: Change Device Service Plan"
    const devices = TEN.map((one, at) => (at === 0 ? { ...one, status: "suspended" } : one))
    const { numbers, list, session } = await applied(
      { carrierRules: [{ value: { rule: "notInStatus", statuses: ["suspended"] }, source, asOf: "2026-11-21" }] },
      devices,
    )
    expect(await numbers("heldBack")).toEqual([[3, "carrierRule"]])
    expect((await list(session.id, "heldBack"))[0]?.reason).toBe(
      `The carrier changes no rate plan of a SIM that is suspended (${source}, 2026-11-21)`,
    )
  })

  it("and so are SIMs whose plan was changed too lately, by changes that went through here", async () => {
    const rule = { value: { rule: "leastDaysBetween", days: 30 }, source: "Contract", asOf: "2026-01-01" } as const
    const { approve, planned, optimize, plan, list, store, core, numbers } = await applied({ mostMoves: 2 })
    await approve(planned)
    // Somebody puts them back by hand; the next session wants them to move again.
    await store.unit({ name: "test.back" }, [sql`UPDATE device SET carrier_rate_plan = 'Large'`])
    const session = await optimize()
    await plan(session.id, { carrierRules: [rule] })
    const held = await list(session.id, "heldBack")
    expect(held.map((move) => [move.carrierDeviceId, move.heldBackBy])).toEqual([
      [id(3), "carrierRule"],
      [id(4), "carrierRule"],
    ])
    expect((await findOptimizationApply(core, TENANT, session.id))?.moveCount).toBe(6)
    expect(await numbers("moves")).toHaveLength(2)
  })

  it("what cannot be sent before the period ends is not begun, the least first", async () => {
    // 15 s before the last instant, at two calls a move and a carrier that allows one call a second: 7 moves.
    const now = Date.UTC(2026, 1, 18) - 5_000 - 15_000
    const one = (value: number) => ({ value, source: "test", asOf: "2026-01-01" })
    const { planned, numbers } = await applied({}, TEN, { now, capabilities: { callsPerSecond: one(1) } })
    expect(planned.apply.movesPerSecond).toBe(0.5)
    expect(planned.apply.movesInTime).toBeLessThanOrEqual(7)
    const held = await numbers("heldBack")
    expect(held.length).toBe(8 - (planned.apply.movesInTime ?? 0))
    expect(held.at(-1)).toEqual([33, "noTimeLeft"])
    expect(planned.change.notAfter).toBe(Date.UTC(2026, 1, 18) - 5_000)
  })

  it("are refused by name where they are none, and nothing is written", async () => {
    const { optimize, plan, core } = await world()
    const session = await optimize()
    const asked: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ mostMoves: -1 }, "guardRails.mostMoves"],
      [{ leastSaving: 0.5 }, "guardRails.leastSaving"],
      [{ canary: { size: 0, mostUnverified: 0 } }, "guardRails.canary.size"],
      [{ canary: { size: 1, mostUnverified: 2 } }, "guardRails.canary.mostUnverified"],
      [{ protectedSims: [{ colour: ["red"] }] }, "guardRails.protectedSims.0.colour"],
      [{ protectedSims: [{}] }, "guardRails.protectedSims.0"],
      [
        { carrierRules: [{ value: { rule: "never" }, source: "x", asOf: "2026-01-01" }] },
        "guardRails.carrierRules.0.value.rule",
      ],
      [{ mostMove: 1 }, "guardRails.mostMove"],
    ]
    for (const [rails, field] of asked) {
      await expect(plan(session.id, rails as Partial<GuardRails>)).rejects.toMatchObject({
        code: "input.invalid",
        field,
      })
    }
    expect(await findOptimizationApply(core, TENANT, session.id)).toBeUndefined()
  })
})

describe("a plan of a session's moves", { timeout: 60_000 }, () => {
  it("asked for again is the same; with other rails only once the first is cancelled", async () => {
    const { plan, session, planned, core } = await applied({ mostMoves: 3 })
    expect(await plan(session.id, { mostMoves: 3 })).toEqual(planned)
    await expect(plan(session.id, { mostMoves: 4 })).rejects.toMatchObject({ code: "bulk_change.wrong_state" })
    await cancelBulkChange(core, { tenantId: TENANT, id: planned.change.id, cancelledBy: "test" })
    const second = await plan(session.id, { mostMoves: 4 })
    expect([second.change.deviceCount, second.change.id === planned.change.id]).toEqual([4, false])
  })

  it("is not made of a session that a customer's lines are optimized by, nor of one that is not complete", async () => {
    const { core, store, session, plan, scope, period } = await applied({})
    const running = await startOptimizationSession(core, { ...scope, billingPeriodId: period.id })
    await expect(plan(running)).rejects.toMatchObject({ code: "input.invalid", field: "sessionId" })
    await expect(plan("nobody")).rejects.toMatchObject({ code: "input.not_found" })
    await cancelBulkChange(core, {
      tenantId: TENANT,
      id: (await plan(session.id)).change.id,
      cancelledBy: "test",
    })
    await store.unit({ name: "test.customer" }, [
      sql`UPDATE optimization_session SET request = json_set(request, '$.customerId', 'c1')`,
    ])
    await expect(plan(session.id)).rejects.toMatchObject({ code: "input.invalid", field: "sessionId" })
  })
})

describe("reconciliation", { timeout: 60_000 }, () => {
  it("of changes that all went well finds what was predicted", async () => {
    const { planned, approve, reconciliation, core, session } = await applied({})
    expect(await reconciliation()).toBeNull()
    await approve(planned)
    expect(await reconciliation()).toMatchObject({
      predictedSaving: "13700000",
      appliedSaving: "13700000",
      unexplained: { deviceCount: 0, saving: "0" },
      state: "explained",
    })
    expect((await getOptimizationSession(core, TENANT, session.id)).reconciliation).toBe("explained")
  })

  it("says for how much each kind of failure stands, to the micro-unit", async () => {
    const fate = new Map([
      [id(4), "refuses"],
      [id(10), "does-nothing"],
      [id(15), "loses-request"],
    ] as const)
    const { planned, approve, reconciliation, store } = await applied({ leastSaving: 1_000_000 }, TEN, {
      behaviour: (device) => fate.get(device) ?? "applies",
    })
    await store.unit({ name: "test.drift" }, [
      sql`UPDATE device SET carrier_rate_plan = 'Small' WHERE carrier_device_id = ${id(20)}`,
    ])
    await approve(planned)
    const found = await reconciliation()
    expect(found).toMatchObject({
      predictedSaving: "13700000",
      differences: {
        heldBack: { deviceCount: 2, saving: "700000" },
        refused: { deviceCount: 1, saving: "3000000" },
        failed: { deviceCount: 1, saving: "2500000" },
        unknown: { deviceCount: 1, saving: "2000000" },
        // Somebody else had put it where it should be.
        stale: { deviceCount: 1, saving: "0" },
        cancelled: { deviceCount: 0, saving: "0" },
      },
      unexplained: { deviceCount: 0, saving: "0" },
      // 3 + 1.5 + 1
      appliedSaving: "5500000",
      state: "explained",
    })
  })

  it("that finds more than the outcomes explain is a state of its own, and holds up nobody", async () => {
    const { planned, approve, session, core, store, optimize, reconciliation, events, drain } = await applied({})
    await approve(planned)
    await store.unit({ name: "test.elsewhere" }, [
      sql`UPDATE device SET carrier_rate_plan = 'Large' WHERE carrier_device_id = ${id(3)}`,
      sql`UPDATE device SET carrier_rate_plan = 'Small' WHERE carrier_device_id = ${id(45)}`,
      sql`UPDATE device SET carrier_rate_plan = 'Nobody knows' WHERE carrier_device_id = ${id(4)}`,
    ])
    await reconcileOptimization(core, { tenantId: TENANT, sessionId: session.id })
    // SIM 3 costs 3 more again, and SIM 45 goes from 4 to 5.
    expect(await reconciliation()).toMatchObject({
      appliedSaving: "9700000",
      unexplained: { deviceCount: 3, saving: "4000000" },
      unpricedCount: 1,
      state: "unexplained",
    })
    expect((await getOptimizationSession(core, TENANT, session.id)).reconciliation).toBe("unexplained")
    expect((await optimize()).status).toBe("CompleteWithSuccess")
    // Whoever has to know is told, once, however often it is looked at.
    await reconcileOptimization(core, { tenantId: TENANT, sessionId: session.id })
    await drain()
    expect(events.filter(({ type }) => type === "optimization.unexplained")).toMatchObject([
      {
        sessionId: session.id,
        unexplainedCount: 3,
        unexplainedSaving: "4000000",
        predictedSaving: "13700000",
        appliedSaving: "9700000",
      },
    ])
  })

  it("tells nobody where every difference is explained", async () => {
    const { planned, approve, events } = await applied({}, TEN, { behaviour: () => "refuses" })
    await approve(planned)
    expect(events.map(({ type }) => type)).not.toContain("optimization.unexplained")
  })

  it("is made anew by itself when what failed is tried again", async () => {
    let isDown = true
    const { planned, approve, core, drain, reconciliation } = await applied({}, TEN, {
      behaviour: (device) => (isDown && device === id(4) ? "refuses" : "applies"),
    })
    await approve(planned)
    expect(await reconciliation()).toMatchObject({ differences: { refused: { deviceCount: 1, saving: "3000000" } } })
    isDown = false
    await retryBulkChange(core, { tenantId: TENANT, id: planned.change.id, requestedBy: "anna" })
    await drain()
    expect(await reconciliation()).toMatchObject({
      appliedSaving: "13700000",
      differences: { refused: { deviceCount: 0, saving: "0" } },
      state: "explained",
    })
  })

  it("is made anew by itself each time when what ended unknown is looked for again", async () => {
    const { planned, approve, core, drain, runtime, reconciliation } = await applied({}, TEN, {
      behaviour: (device) => (device === id(4) ? "shows-late" : device === id(10) ? "loses-request" : "applies"),
      lateMs: 3_600_000,
    })
    await approve(planned)
    const recheck = async (afterMs: number) => {
      await runtime.clock.sleep(afterMs)
      await recheckUnknown(core, { tenantId: TENANT, id: planned.change.id, requestedBy: "anna" })
      await drain()
    }
    expect((await reconciliation())?.differences.unknown.deviceCount).toBe(1)
    const first = (await reconciliation())?.reconciledAt ?? 0
    await recheck(20_000)
    const second = (await reconciliation())?.reconciledAt ?? 0
    expect(second).toBeGreaterThan(first)
    await recheck(3_600_000)
    expect((await reconciliation())?.reconciledAt).toBeGreaterThan(second)
    // What does not show long after it was sent was not made.
    expect((await reconciliation())?.differences).toMatchObject({
      unknown: { deviceCount: 0 },
      failed: { deviceCount: 2 },
    })
  })

  it("counts what a canary stopped as held back", async () => {
    const { planned, approve, reconciliation, ends } = await applied({ canary: { size: 2, mostUnverified: 0 } }, TEN, {
      behaviour: (device) => (device === id(4) ? "does-nothing" : "applies"),
    })
    await approve(planned)
    expect((await ends(planned.change.id)).slice(0, 3)).toEqual(["PROCESSED", "not_applied", "canary_failed"])
    expect(await reconciliation()).toMatchObject({
      appliedSaving: "3000000",
      differences: { failed: { deviceCount: 1, saving: "3000000" }, heldBack: { deviceCount: 6, saving: "7700000" } },
      state: "explained",
    })
  })

  it("goes on where a canary stopped it once that is tried again", async () => {
    let isDown = true
    const { core, planned, approve, drain, ends, reconciliation } = await applied(
      { canary: { size: 2, mostUnverified: 0 } },
      TEN,
      { behaviour: (device) => (isDown && device === id(4) ? "does-nothing" : "applies") },
    )
    await approve(planned)
    expect((await reconciliation())?.appliedSaving).toBe("3000000")
    isDown = false
    await retryBulkChange(core, { tenantId: TENANT, id: planned.change.id, requestedBy: "anna" })
    await drain()
    expect(new Set(await ends(planned.change.id))).toEqual(new Set(["PROCESSED"]))
    expect(await reconciliation()).toMatchObject({ appliedSaving: "13700000", state: "explained" })
  })

  it("leaves what a canary stopped to a new session, which plans what is left", async () => {
    let isDown = true
    const { core, planned, approve, plan, list, optimize, session, ends } = await applied(
      { canary: { size: 2, mostUnverified: 0 } },
      TEN,
      { behaviour: (device) => (isDown && device === id(4) ? "does-nothing" : "applies") },
    )
    await approve(planned)
    // The session's moves were made as far as they go: its plan is over, and the error says what is left to do.
    expect((await plan(session.id, { canary: { size: 2, mostUnverified: 0 } })).change).toMatchObject({
      id: planned.change.id,
      state: "done",
    })
    await expect(plan(session.id, {})).rejects.toMatchObject({
      code: "bulk_change.wrong_state",
      field: "guardRails",
      message: expect.stringMatching(/is over.*[Rr]etry.*new session/),
    })

    isDown = false
    const next = await optimize()
    const again = await plan(next.id, { canary: { size: 2, mostUnverified: 0 } })
    const left = (await list(next.id, "moves")).map(({ carrierDeviceId }) => Number(carrierDeviceId.slice(-4)))
    expect(left.toSorted((a, b) => a - b)).toEqual([4, 10, 15, 20, 25, 30, 33])
    await approve(again)
    expect(new Set(await ends(again.change.id))).toEqual(new Set(["PROCESSED"]))
    const apply = await findOptimizationApply(core, TENANT, next.id)
    expect(apply?.reconciliation).toMatchObject({ state: "explained", appliedSaving: "10700000" })
    // What the first session could not bring stays on its record.
    const first = await findOptimizationApply(core, TENANT, session.id)
    expect(first?.reconciliation?.differences.heldBack.deviceCount).toBe(6)
  })

  it("is made of changes that were cancelled too", async () => {
    const { planned, core, drain, reconciliation } = await applied({})
    await cancelBulkChange(core, { tenantId: TENANT, id: planned.change.id, cancelledBy: "test" })
    await drain()
    expect(await reconciliation()).toMatchObject({
      appliedSaving: "0",
      differences: { cancelled: { deviceCount: 8, saving: "13700000" } },
    })
  })
})

describe("reconciliation of a fleet that shares pools", { timeout: 60_000 }, () => {
  const POOLED = [
    { name: "P10", monthly: 2_000_000, includedBytes: 10 * MB, pool: "P", overageCost: 300_000 },
    { name: "P50", monthly: 6_000_000, includedBytes: 50 * MB, pool: "P", overageCost: 300_000 },
    { name: "Alone", monthly: 3_000_000, includedBytes: 20 * MB, overageCost: 250_000 },
  ] as const
  /** What the carrier would bill, by the rules alone: whole megabytes, so that nothing is rounded. */
  const billOf = (lines: readonly { readonly ratePlan: string; readonly mb: number }[]): bigint => {
    let bill = 0
    let net = 0
    for (const { ratePlan, mb } of lines) {
      const plan = POOLED.find(({ name }) => name === ratePlan)!
      bill += plan.monthly
      if ("pool" in plan) net += mb - plan.includedBytes / MB
      else bill += Math.max(0, mb - plan.includedBytes / MB) * plan.overageCost
    }
    return BigInt(bill + Math.max(0, net) * 300_000)
  }
  const ENDS = ["applies", "refuses", "does-nothing", "loses-request", "loses-reply", "shows-late"] as const

  it.each([1, 2, 3, 4, 5, 6])("adds up to the micro-unit, whatever became of the changes (seed %i)", async (seed) => {
    const random = (number: number, salt: number) => ((number * 7919 + seed * 104_729 + salt * 31) % 101) / 101
    const devices = Array.from({ length: 24 }, (_, at) =>
      device(at * 10, {
        ratePlan: POOLED[Math.floor(random(at, 1) * 3)]!.name,
        mb: Math.floor(random(at, 2) * 70),
      }),
    )
    const opened = await openApplyWorld(
      { plans: POOLED, permitted: { Cars: POOLED.map(({ name }) => name) }, devices },
      { behaviour: (one) => ENDS[Math.floor(random(Number(one.slice(-4)), 3) * 6)]! },
    )
    const { core, store, optimize, plan, approve } = opened
    const session = await optimize()
    const guardRails = { mostMoves: 4 + seed, leastSaving: seed * 100_000, protectedSims: [{ iccid: [id(0), id(10)] }] }
    const planned = await plan(session.id, guardRails)
    expect(planned.change.saving).toBe(BigInt(planned.apply.plannedSaving))
    expect(BigInt(planned.apply.plannedSaving)).toBeGreaterThanOrEqual(0n)
    const drifted = devices[5 + seed]!.id
    await store.unit({ name: "test.drift" }, [
      sql`UPDATE device SET carrier_rate_plan = 'Alone' WHERE carrier_device_id = ${drifted}`,
    ])
    await approve(planned)
    const found = (await findOptimizationApply(core, TENANT, session.id))!.reconciliation!
    const now = await store.rows<{ id: string; ratePlan: string }>(
      sql`SELECT carrier_device_id AS id, carrier_rate_plan AS "ratePlan" FROM device`,
    )
    const plans = new Map(now.map((row) => [row.id, row.ratePlan]))
    const after = devices.map(({ id: one, mb }) => ({ ratePlan: plans.get(one)!, mb }))
    expect(found.appliedSaving).toBe(String(billOf(devices) - billOf(after)))
    expect(found.predictedSaving).toBe(session.saving)
    const missing = [...Object.values(found.differences), found.unexplained].reduce(
      (sum, one) => sum + BigInt(one.saving),
      0n,
    )
    expect(BigInt(found.predictedSaving) - BigInt(found.appliedSaving)).toBe(missing)
  })
})
