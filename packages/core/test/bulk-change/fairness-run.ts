import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import { receiveBulkChange, summarizeBulkChange } from "../../src/bulk-change/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import type { Carrier } from "../../src/ports/mod.ts"
import { seededRandom } from "../../src/testing/mod.ts"
import { type AccountOptions, openAccounts } from "./simulated-accounts.ts"

const HOUR = 3_600_000

export type Trouble = NonNullable<AccountOptions["answer"]>

export const TROUBLES: Readonly<Record<string, Trouble>> = {
  "is told to come back in an hour": () =>
    Promise.resolve(
      Response.json({ errorCode: "40000029" }, { status: 429, headers: { "retry-after": String(HOUR / 1_000) } }),
    ),
  "goes on being refused for its rate": () =>
    Promise.resolve(Response.json({ errorCode: "40000029" }, { status: 429 })),
  "is away": () => Promise.reject(new TypeError("fetch failed")),
  "is refused its credentials": () => Promise.resolve(Response.json({ errorCode: "10000001" }, { status: 401 })),
  "is slow to answer": ({ clock }) =>
    clock.sleep(20_000).then(() => Response.json({ errorCode: "30000001" }, { status: 500 })),
}

/** A bulk change over some healthy accounts of different limits, and one in trouble, with so many jobs side by side. */
export async function fairnessRun(seed: number, trouble: Trouble, sideBySide: (accounts: number) => number) {
  const random = seededRandom(seed)
  const among = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T
  const healthy = Array.from({ length: 1 + Math.floor(random() * 3) }, (): AccountOptions => {
    const callsPerSecond = among([1, 5, 20])
    return { integrationType: "Jasper", devices: Math.ceil(callsPerSecond * (2 + random() * 8)), callsPerSecond }
  })
  const inTrouble: AccountOptions = { integrationType: "Jasper", devices: 30, callsPerSecond: 5, answer: trouble }
  const troubledAt = Math.floor(random() * (healthy.length + 1))
  const options = healthy.toSpliced(troubledAt, 0, inTrouble)
  const { store, runtime, accounts } = await openAccounts(seed, options)
  const startedAt = runtime.clock.now()
  const answeredAt = accounts.map(() => [startedAt])
  const stop = new AbortController()
  const carriers = new Map(
    accounts.map(({ id, connect }, index): [string, Carrier] => {
      const carrier = connect()
      const noted = async <T>(answer: Promise<T>) => {
        const value = await answer
        answeredAt[index]?.push(runtime.clock.now())
        // Two calls for each device; the account in trouble would go on for hours.
        const isThrough = options.every(
          ({ devices }, at) => at === troubledAt || (answeredAt[at]?.length ?? 0) > 2 * devices,
        )
        if (isThrough) stop.abort(new Error("The others are through"))
        return value
      }
      return [
        id,
        {
          ...carrier,
          change: (...args) => noted(carrier.change(...args)),
          readBack: (...args) => noted(carrier.readBack(...args)),
        },
      ]
    }),
  )
  const core = { store, runtime, carrierFor: async (_: string, id: string) => carriers.get(id) as Carrier }
  const change = await receiveBulkChange(core, {
    tenantId: "t",
    createdBy: "test",
    role: "operator",
    request: {
      serviceProviderId: "p0",
      serviceProviderIds: accounts.map(({ id }) => id),
      changeType: "EditUsername",
      processChanges: true,
      username: { ContactName: "Pump 7" },
      devices: accounts.flatMap(({ simulator }) => [...simulator.state].map(({ iccid }) => iccid)),
    },
  })
  const host = { store, runtime, handlers: bulkChangeHandlers({ carrierFor: core.carrierFor }) }
  for (;;) {
    const { nextDueAt } = await runDueJobs(host, { concurrency: sideBySide(accounts.length), signal: stop.signal })
    if (nextDueAt === null || stop.signal.aborted || runtime.clock.now() - startedAt > 2 * HOUR) break
    await runtime.clock.sleep(Math.max(0, nextDueAt - runtime.clock.now()))
  }
  const { processed } = await summarizeBulkChange(core, "t", change.id)
  const expected = healthy.reduce((sum, { devices }) => sum + devices, 0)
  store.close()
  return options.flatMap(({ callsPerSecond }, index) => {
    if (index === troubledAt) return []
    const at = answeredAt[index] ?? []
    const longest = Math.max(...at.slice(1).map((instant, call) => instant - (at[call] as number)))
    return [{ callsPerSecond, longest, processed: processed / expected, accounts: options.length }]
  })
}
