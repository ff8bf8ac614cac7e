import { CoreError } from "../errors/mod.ts"
import type { Runtime } from "../ports/mod.ts"
import type { DatabaseKind } from "./address.ts"
import type { DatabaseClient } from "./client.ts"
import { isLocked, isUnreachable, storeError } from "./database-errors.ts"
import { serially } from "./serially.ts"

/** One connection to the database, and the only way to it: every use keeps the rules for locks and lost answers. */
export interface Connection {
  /**
   * Runs `work`, from its start again where the database was locked or its answer was lost.
   *
   * @param doing What fails, for the message: `write "sync.stage-devices"`.
   */
  run<T>(doing: string, work: (client: DatabaseClient) => Promise<T>): Promise<T>
  close(): void
}

export interface ConnectionOptions {
  readonly kind: DatabaseKind
  readonly runtime: Runtime
  readonly createClient: () => DatabaseClient
  /** One use after the other, for writers and for files; else side by side. */
  readonly isSerial: boolean
  /** Runs on every new connection, before anything else. */
  readonly prepare: (client: DatabaseClient) => Promise<void>
}

interface RetryRule {
  readonly attempts: number
  readonly baseMs: number
  readonly maxMs: number
}

// About half a minute of short waits: longer than any unit of another process, shorter than its patience.
const LOCKED: RetryRule = { attempts: 60, baseMs: 5, maxMs: 1_000 }
// A restart of a server or a proxy, not an outage: jobs retry those with longer waits.
const UNREACHABLE: RetryRule = { attempts: 5, baseMs: 100, maxMs: 2_000 }

export function openConnection(options: ConnectionOptions): Connection {
  const { kind, runtime } = options
  const client = options.createClient()
  const inTurn = options.isSerial ? serially() : <T>(task: () => Promise<T>) => task()
  let prepared = false
  let closed = false

  const attempt = async <T>(work: (client: DatabaseClient) => Promise<T>): Promise<T> => {
    if (!prepared) await options.prepare(client)
    prepared = true
    return work(client)
  }

  /** How to go on after `error`, or `undefined` where it would only fail again. */
  const retryRule = async (error: unknown): Promise<RetryRule | undefined> => {
    if (isLocked(error)) {
      // Nobody to wait for: an in-memory database has no other connection, unless its owner shares it.
      if (kind === "memory") return undefined
      // A statement that met a lock stays open on its connection, and writes after it are acknowledged and lost: only a
      // new connection is safe. A remote database has a new one for each request.
      if (kind === "file") {
        await client.reconnect()
        prepared = false
      }
      return LOCKED
    }
    // Units are idempotent, so one whose answer was lost is written again.
    return kind === "remote" && isUnreachable(error) ? UNREACHABLE : undefined
  }

  const persist = async <T>(doing: string, work: (client: DatabaseClient) => Promise<T>): Promise<T> => {
    for (let count = 1; ; count++) {
      if (closed) throw new CoreError("store.closed", `Cannot ${doing}: the store is closed`)
      try {
        return await attempt(work)
      } catch (error) {
        // What closing tears down fails in many ways, all of which mean this; and reconnecting would open it again.
        if (closed) throw new CoreError("store.closed", `Cannot ${doing}: the store was closed`, { cause: error })
        const rule = await retryRule(error)
        if (!rule || count >= rule.attempts) throw storeError(error, doing, kind)
        await runtime.clock.sleep(runtime.random() * Math.min(rule.maxMs, rule.baseMs * 2 ** Math.min(count, 20)))
      }
    }
  }

  return {
    run: (doing, work) => inTurn(() => persist(doing, work)),
    close() {
      closed = true
      client.close()
    },
  }
}
