import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import type { Deliverer, NotificationEvent } from "../../src/notifications/mod.ts"
import { notificationHandlers, notify } from "../../src/notifications/mod.ts"
import { enqueueJob, listDeadJobs, runDueJobs } from "../../src/jobs/mod.ts"
import { systemRuntime, timeOrderedIds } from "../../src/ports/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { createTenant, importSealingKey } from "../../src/tenancy/mod.ts"

export const NOW = Date.UTC(2026, 10, 22, 13, 5, 9)
export const TENANT = { id: "t1", name: "Example Wireless" }

/**
 * A platform with deliverers on the real network. Its clock is the host's, moved to `startAt`, and it jumps over the
 * waits between attempts; what a deliverer waits for itself, it waits for.
 */
export async function notificationFixture(deliverers: readonly Deliverer[], startAt: number = NOW) {
  const system = systemRuntime()
  let ahead = startAt - system.clock.now()
  const clock = { ...system.clock, now: () => system.clock.now() + ahead }
  const runtime = { ...system, clock, newId: timeOrderedIds(clock, system.random), random: () => 0.5 }
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const sealingKey = await importSealingKey(btoa("k".repeat(32)))
  const core = { store, runtime, sealingKey, deliverers, handlers: notificationHandlers({ deliverers, sealingKey }) }
  await createTenant(core, TENANT)
  return {
    ...core,
    core,
    /** Everything that was thrown or noted, for canaries. */
    failures: [] as string[],
    async tell(...events: readonly NotificationEvent[]) {
      await store.unit(
        { name: "test.change" },
        events.map((event) => enqueueJob(runtime, notify(TENANT.id, event))),
      )
    },
    /** Runs until nothing is left to do, or for so many rounds. */
    async drain(most = 200) {
      for (let rounds = 0; rounds < most; rounds++) {
        const { nextDueAt } = await runDueJobs(core, {
          onJobEnded: ({ failure, error }) => {
            if (failure) this.failures.push(JSON.stringify(failure))
            if (error) this.failures.push(`${(error as Error).stack} ${JSON.stringify(error)}`)
          },
        })
        if (nextDueAt === null) return
        ahead += Math.max(0, nextDueAt - clock.now())
      }
    },
    /** Calls the tenant something else. */
    rename: (name: string) =>
      store.unit({ name: "test.rename" }, [sql`UPDATE tenant SET name = ${name} WHERE id = ${TENANT.id}`]),
    dead: () => listDeadJobs(core, TENANT.id),
    [Symbol.dispose]() {
      store.close()
    },
  }
}
