import type { Platform, Store } from "../store/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { LeasedTypes } from "./claim-statements.ts"
import { type HeldJob, renewClaims } from "./lease-statements.ts"

/** Whether a lease is lost. Its signal is made where it is asked for: most short jobs do not, and it costs as much as they. */
export interface LeaseLoss {
  readonly isLost: boolean
  readonly signal: AbortSignal
  lose(reason: unknown): void
}

/** Jobs whose leases are kept alive, with what is told when one is lost. */
export interface Heartbeat {
  /** The store for handlers: each use of it keeps the leases up. */
  readonly store: Store
  hold(job: HeldJob, leaseMs: number): LeaseLoss
  /** Ends the care for a job; its lease is left as it is. */
  release(job: HeldJob): void
  stop(): Promise<void>
}

interface Held {
  readonly job: HeldJob
  readonly leaseMs: number
  readonly lost: LeaseLoss
  renewedAt: number
}

/**
 * Renews the leases of all jobs a worker holds, in one unit, three times within the shortest of them. A lease that is
 * taken aborts its controller; so does one that cannot be renewed until it must have lapsed.
 */
export function startHeartbeat(platform: Platform, types: readonly LeasedTypes[]): Heartbeat {
  const { store, runtime } = platform
  const shortest = Math.min(...types.map(({ leaseMs }) => leaseMs))
  const held = new Map<HeldJob, Held>()
  const stopped = new AbortController()
  let beatAt = runtime.clock.now()

  const beat = async (): Promise<void> => {
    const now = runtime.clock.now()
    const before = [...held.values()]
    beatAt = now
    if (before.length === 0) return
    const leaseTokens = [...new Set(before.map(({ job }) => job.leaseToken))]
    const [rows = []] = await store.unit({ name: "jobs.renew" }, [renewClaims(leaseTokens, now)])
    const renewed = new Map(rows.map(({ leaseToken, seqs }) => [leaseToken, new Set(JSON.parse(seqs as string))]))
    for (const one of before) {
      if (renewed.get(one.job.leaseToken)?.has(one.job.seq)) one.renewedAt = now
      // Jobs that ended while the unit waited are no longer in the map, and their controllers no longer heard.
      else one.lost.lose(leaseLost())
    }
  }

  const beating = (async () => {
    while (!stopped.signal.aborted) {
      await runtime.clock.sleep(shortest / 3, stopped.signal).catch(() => undefined)
      if (stopped.signal.aborted) return
      // A beat that the database refused is made up for by the next, while there is time.
      await beat().catch(() => undefined)
      const now = runtime.clock.now()
      for (const one of held.values()) if (now - one.renewedAt >= one.leaseMs) one.lost.lose(leaseLost())
    }
  })()

  // A handler's native calls let no timer run, so they beat themselves.
  const keepUp = async <T>(use: Promise<T>): Promise<T> => {
    const value = await use
    if (!stopped.signal.aborted && runtime.clock.now() - beatAt >= shortest / 3) await beat().catch(() => undefined)
    return value
  }

  return {
    store: {
      ...store,
      read: (query) => keepUp(store.read(query)),
      rows: (statement) => keepUp(store.rows(statement)),
      unit: (options, statements) => keepUp(store.unit(options, statements)),
    },
    hold(job, leaseMs) {
      const lost = new FirstLoss()
      held.set(job, { job, leaseMs, lost, renewedAt: runtime.clock.now() })
      return lost
    },
    release(job) {
      held.delete(job)
    },
    stop() {
      stopped.abort()
      return beating
    },
  }
}

// A class, since there is one for each job: getters of a literal are made anew each time.
class FirstLoss implements LeaseLoss {
  #lost: { readonly reason: unknown } | undefined
  #controller: AbortController | undefined

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#lost) this.#controller.abort(this.#lost.reason)
    return this.#controller.signal
  }

  lose(reason: unknown): void {
    this.#lost ??= { reason }
    this.#controller?.abort(this.#lost.reason)
  }
}

function leaseLost(): CoreError {
  return new CoreError("job.lease_lost", "Cannot go on with the job: it is no longer held by this worker")
}
