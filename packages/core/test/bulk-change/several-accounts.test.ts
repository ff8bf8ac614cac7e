import { describe, expect, it } from "vitest"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import { getBulkChange, receiveBulkChange, summarizeBulkChange } from "../../src/bulk-change/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import type { Carrier } from "../../src/ports/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { openAccounts } from "./simulated-accounts.ts"

describe("a bulk change over several accounts", { timeout: 60_000 }, () => {
  it("goes on for an account whose worker is still checking the plan when another's has begun", async () => {
    const account = { integrationType: "Jasper", devices: 20, callsPerSecond: 20 } as const
    const { store, runtime, accounts } = await openAccounts(1, [account, account])
    const carriers = new Map(accounts.map(({ id, connect }): [string, Carrier] => [id, connect()]))
    const core = { store, runtime, carrierFor: async (_: string, id: string) => carriers.get(id) as Carrier }
    const change = await receiveBulkChange(core, {
      tenantId: "t",
      createdBy: "test",
      role: "operator",
      request: {
        serviceProviderId: "p0",
        serviceProviderIds: ["p1"],
        changeType: "EditUsername",
        processChanges: true,
        username: { ContactName: "Pump 7" },
        devices: accounts.flatMap(({ simulator }) => [...simulator.state].map(({ iccid }) => iccid)),
      },
    })
    // The first worker reads the plan only when the second one has changed some devices.
    let readers = 0
    const rows: Store["rows"] = async (statement) => {
      const isPlan = JSON.stringify(statement.getSQL().queryChunks).includes('AS \\"refusalText\\", status, code')
      if (isPlan && ++readers === 1) await runtime.clock.sleep(1_000)
      return store.rows(statement)
    }
    const handlers = bulkChangeHandlers({ carrierFor: core.carrierFor })
    const failures: unknown[] = []
    for (;;) {
      const { nextDueAt } = await runDueJobs(
        { store: { ...store, rows }, runtime, handlers },
        { concurrency: 2, onJobEnded: ({ failure }) => failure && failures.push(failure) },
      )
      if (nextDueAt === null) break
      await runtime.clock.sleep(nextDueAt - runtime.clock.now())
    }
    expect(readers).toBe(2)
    expect(failures).toEqual([])
    expect(await summarizeBulkChange(core, "t", change.id)).toMatchObject({ processed: 40, open: 0 })
    expect(await getBulkChange(core, "t", change.id)).toMatchObject({ state: "done", errorCode: null })
  })
})
