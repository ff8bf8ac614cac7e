import type { FaultName, FaultRule } from "@altaworx/jasper-client/simulator"
import { sql } from "drizzle-orm"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import {
  type BulkChangeDevice,
  cancelBulkChange,
  eachBulkChangeDevice,
  eachLogEntry,
  getBulkChange,
  receiveBulkChange,
  approveBulkChange,
  rebuildFromLog,
  retryBulkChange,
  verifyBulkChangeLog,
} from "../../src/bulk-change/mod.ts"
import { findDevicesByCarrierId } from "../../src/inventory/mod.ts"
import { releaseAllLeases, runDueJobs } from "../../src/jobs/mod.ts"
import type { Carrier } from "../../src/ports/mod.ts"
import { type FaultPlan, faultPlan, faultyCarrier, faultyStore, seededRandom } from "../../src/testing/mod.ts"
import { openAccounts, type SimulatedAccount } from "./simulated-accounts.ts"

/** What a run broke, and what struck it. */
export interface FaultRunReport {
  readonly violations: readonly string[]
  /** How often each fault was injected, each kind of end came up, and a worker was killed or a bulk change cancelled. */
  readonly counts: Readonly<Record<string, number>>
}

const TENANT = "t"
const FAULTS: readonly FaultName[] = [
  "throttle429",
  "throttle400",
  "serverError",
  "gatewayError",
  "drop",
  "lostReply",
  "silentNoOp",
  "lateRead",
]
const REQUESTS = [
  { changeType: "CarrierRatePlanChange", carrierRatePlanUpdate: { carrierRatePlan: "Flex 60MB" } },
  { changeType: "StatusUpdate", statusUpdate: { updateStatus: "DEACTIVATED" } },
  { changeType: "EditUsername", username: { ContactName: "Pump 7" } },
] as const
/** What the last write of each of them says. */
const WANTED: readonly Readonly<Record<string, string>>[] = [
  { ratePlan: "Flex 60MB" },
  { status: "DEACTIVATED" },
  { deviceID: "Pump 7" },
]

class Killed extends Error {}

/**
 * A bulk change over two simulated accounts, with faults, kills, a cancel and retries that all follow from the seed; then
 * what the carriers wrote down themselves is held against what the bulk change says of each device.
 */
export async function faultRun(seed: number): Promise<FaultRunReport> {
  const random = seededRandom(seed)
  const integer = (below: number) => Math.floor(random() * below)
  const rules = (): readonly FaultRule[] =>
    FAULTS.map((fault) => ({ fault, chance: random() * random() * 0.3, maxDelayMs: 1_000 }))
  const { store, runtime, accounts } = await openAccounts(seed * 10, [
    { integrationType: "Jasper", devices: 1 + integer(8), callsPerSecond: 50, rules: rules() },
    { integrationType: "POD19", devices: 1 + integer(8), callsPerSecond: 20, rules: rules() },
  ])
  const core = { store, runtime, carrierFor: async (_: string, id: string) => accountOf(accounts, id).connect() }
  const kind = integer(REQUESTS.length)
  const asked = await receiveBulkChange(core, {
    tenantId: TENANT,
    createdBy: "test",
    role: "operator",
    request: {
      serviceProviderId: "p0",
      serviceProviderIds: ["p1"],
      devices: [
        ...accounts.flatMap(({ simulator }) => [...simulator.state].map(({ iccid }) => iccid)),
        "8999990000000000001",
      ],
      ...REQUESTS[kind],
    },
  })
  const key = { tenantId: TENANT, id: asked.id }
  // One device moves on between plan and approval.
  const stale = [...accountOf(accounts, "p0").simulator.state][0]?.iccid ?? ""
  await store.unit({ name: "test.drift" }, [
    sql`UPDATE device SET carrier_rate_plan = 'X', status = 'suspended' WHERE carrier_device_id = ${stale}`,
  ])
  await approveBulkChange(core, { ...key, planHash: asked.planHash ?? "", approvedBy: "test" })

  const counts: Record<string, number> = {}
  const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1)
  const cancelling: Promise<unknown>[] = []
  const process = (dieAt: number, cancelAt: number): FaultPlan => {
    let reached = 0
    return faultPlan({
      onPoint() {
        reached++
        if (reached === cancelAt) {
          count("cancelled")
          cancelling.push(cancelBulkChange(core, { ...key, cancelledBy: "test" }).catch(() => undefined))
        }
        if (reached === dieAt) count("killed")
        if (reached >= dieAt) throw new Killed()
      },
    })
  }
  const work = async (faults: FaultPlan) => {
    const carriers = new Map<string, Carrier>()
    const carrierFor = async (_: string, id: string) => {
      const carrier = carriers.get(id) ?? faultyCarrier(accountOf(accounts, id).connect(), faults)
      carriers.set(id, carrier)
      return carrier
    }
    const handlers = bulkChangeHandlers({ carrierFor, callsPerBatch: 1 + integer(6), sliceMs: 200 })
    await releaseAllLeases({ store, runtime })
    for (;;) {
      const { nextDueAt } = await runDueJobs(
        { store: faultyStore(store, faults), runtime, handlers },
        { concurrency: 2 },
      )
      if (nextDueAt === null) return
      await runtime.clock.sleep(nextDueAt - runtime.clock.now())
    }
  }
  const cancelAt = random() < 0.25 ? 1 + integer(60) : Infinity
  for (let kills = integer(4); kills > 0; kills--) {
    await work(process(1 + integer(80), kills === 1 ? cancelAt : Infinity)).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error
    })
  }
  await work(process(Infinity, cancelAt))
  await Promise.all(cancelling)
  await work(process(Infinity, Infinity))
  if ((await getBulkChange(core, TENANT, key.id)).state === "done") {
    await retryBulkChange(core, { ...key, requestedBy: "test" })
    await work(process(Infinity, Infinity))
  }

  const rows: BulkChangeDevice[] = []
  for await (const page of eachBulkChangeDevice(core, key)) rows.push(...page)
  for (const { status, code } of rows) count(code === null ? status : `${status} ${code}`)
  for (const { simulator } of accounts) {
    for (const [fault, times] of Object.entries(simulator.stats.injected)) counts[fault] = (counts[fault] ?? 0) + times
  }
  const violations = [
    ...(await judgeWhole(core, key)),
    ...(await Promise.all(rows.map((row) => judgeDevice(core, key.id, accounts, row, WANTED[kind] ?? {})))).flat(),
    ...(kind < 2 && writesOf(accountOf(accounts, "p0"), stale).length > 0 ? ["the stale device was touched"] : []),
  ]
  store.close()
  return { violations, counts }
}

type Core = Parameters<typeof getBulkChange>[0]

function accountOf(accounts: readonly SimulatedAccount[], id: string): SimulatedAccount {
  return accounts.find((account) => account.id === id) as SimulatedAccount
}

function writesOf({ simulator }: SimulatedAccount, iccid: string) {
  return simulator.writes.filter((write) => write.iccid === iccid)
}

async function judgeWhole(core: Core, key: { readonly tenantId: string; readonly id: string }) {
  const { state } = await getBulkChange(core, key.tenantId, key.id)
  const log = await verifyBulkChangeLog(core, key)
  const entries = []
  for await (const page of eachLogEntry(core, key)) entries.push(...page)
  const rebuilt = rebuildFromLog(entries)
  const rows = []
  for await (const page of eachBulkChangeDevice(core, key)) rows.push(...page)
  const isTold = JSON.stringify(rebuilt.devices) === JSON.stringify(rows.map(({ status, code }) => ({ status, code })))
  return [
    ...(state === "done" || state === "cancelled" ? [] : [`ends ${state}`]),
    ...(log.isIntact && log.unsealed === 0 ? [] : [`log ${log.reason} at ${log.brokenAt}`]),
    ...(isTold && rebuilt.state === state ? [] : ["the log tells it otherwise"]),
  ]
}

const ENDS = ["PROCESSED", "API_FAILED", "ERROR", "CANCELLED", "UNKNOWN"]

async function judgeDevice(
  core: Core,
  bulkChangeId: string,
  accounts: readonly SimulatedAccount[],
  row: BulkChangeDevice,
  wanted: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const iccid = row.carrierDeviceId ?? row.identifier
  const { simulator } = accountOf(accounts, row.serviceProviderId)
  const writes = writesOf(accountOf(accounts, row.serviceProviderId), iccid)
  const made = writes.filter(({ effect }) => effect === "applied").map(({ fields }) => JSON.stringify(fields))
  const [intents] = await core.store.rows<{ count: number }>(
    sql`SELECT count(*) AS count FROM change_intent WHERE bulk_change_id = ${bulkChangeId} AND position = ${row.position}`,
  )
  const name = `device ${row.position} (${row.status} ${row.code})`
  const broken: string[] = []
  const check = (holds: boolean, what: string) => {
    if (!holds) broken.push(`${name}: ${what}`)
  }
  check(ENDS.includes(row.status), "has not ended")
  check(
    made.every((fields, at) => fields !== made[at - 1]),
    "an effect is doubled",
  )
  check(writes.length <= (intents?.count ?? 0), `${writes.length} writes for ${intents?.count} intents`)
  if (row.status === "PROCESSED") check(made.at(-1) === JSON.stringify(wanted), "is not as it says")
  if (row.status === "ERROR" && row.round === 0) check(writes.length === 0, "was touched")
  if (row.status !== "PROCESSED" && row.status !== "UNKNOWN") {
    check(row.code === "half_done" || row.code === "not_taken_back" || isAsBefore(made, row), "is not as it was")
  }
  if (row.status === "PROCESSED") check(await isInInventory(core, simulator, row, iccid), "the inventory does not know")
  return broken
}

/** Whether nothing was made of a device, or all that was made was taken back. */
function isAsBefore(made: readonly string[], row: BulkChangeDevice): boolean {
  return made.length === 0 || made.at(-1) === JSON.stringify({ ratePlan: row.from["ratePlan"] })
}

async function isInInventory(
  core: Core,
  simulator: SimulatedAccount["simulator"],
  row: BulkChangeDevice,
  iccid: string,
): Promise<boolean> {
  const scope = { tenantId: TENANT, serviceProviderId: row.serviceProviderId, carrierDeviceIds: [iccid] }
  const [known] = await findDevicesByCarrierId(core, scope)
  const truth = simulator.state.get(iccid)
  const isDeactivated = truth?.status === "DEACTIVATED"
  return known?.carrierRatePlan === truth?.ratePlan && (known?.status === "deactivated") === isDeactivated
}
