import { CoreError } from "../../src/errors/mod.ts"
import { type Runtime, timeOrderedIds } from "../../src/ports/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { faultyStore, type FaultPlan, seededRandom, type VirtualClock } from "../../src/testing/mod.ts"

/**
 * One incarnation of a process of the simulation. Once it is dead, nothing that it began ever goes on: not its loops, not
 * its `catch` and not its `finally`. Frozen, it stands still while the others go on, as a machine that swaps does.
 */
export interface MortalProcess {
  /** With its incarnation: `worker-1.2`. */
  readonly name: string
  readonly runtime: Runtime
  /** Asks it to stop in good order. */
  readonly stop: AbortController
  /** While it starts nothing befalls it. */
  isCalm: boolean
  readonly isDead: boolean
  /** Settles when it dies. */
  readonly died: Promise<"died">
  kill(): void
  freeze(ms: number): Promise<void>
  /** Does something that takes time. What comes after happens only if the process still lives. */
  whileAlive<T>(work: () => Promise<T>): Promise<T>
}

export interface MortalProcessOptions {
  readonly name: string
  readonly seed: number
  readonly clock: VirtualClock
  readonly clockSkewMs: number
  readonly fetch: Runtime["fetch"]
  /** Waits while something outside of virtual time has to be done. */
  readonly quiet: () => Promise<void> | undefined
}

export function mortalProcess(options: MortalProcessOptions): MortalProcess {
  const { clock, clockSkewMs, quiet } = options
  const random = seededRandom(options.seed)
  let isDead = false
  let frozenUntil = 0
  let tellDeath: (word: "died") => void = () => undefined
  const died = new Promise<"died">((resolve) => {
    tellDeath = resolve
  })
  const never = new Promise<never>(() => undefined)

  const stand = async (): Promise<void> => {
    for (let wait = quiet(); wait && !process.isCalm; wait = quiet()) await wait
    while (!isDead && frozenUntil > clock.now()) await clock.sleep(frozenUntil - clock.now())
    if (isDead) await never
  }

  const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) await never
    try {
      return await work()
    } finally {
      await stand()
    }
  }

  const skewed = {
    // Sleeps may end between two milliseconds; a clock that is read knows none.
    now: () => Math.floor(clock.now()) + clockSkewMs,
    sleep: (ms: number, signal?: AbortSignal) => whileAlive(() => clock.sleep(ms, signal)),
    yield: () => whileAlive(() => clock.yield()),
  }
  const process: MortalProcess = {
    name: options.name,
    runtime: {
      clock: skewed,
      random,
      newId: timeOrderedIds(skewed, random),
      fetch: (input, init) => whileAlive(() => options.fetch(input, init)),
    },
    stop: new AbortController(),
    isCalm: true,
    get isDead() {
      return isDead
    },
    died,
    kill() {
      isDead = true
      tellDeath("died")
    },
    async freeze(ms) {
      frozenUntil = Math.max(frozenUntil, clock.now() + ms)
      await stand()
    },
    whileAlive,
  }
  return process
}

/** The store as a mortal process sees it: units and reads fail as planned, and end with it. */
export function mortalStore(process: MortalProcess, store: Store, faults: FaultPlan): Store {
  const lost = () => new CoreError("store.unavailable", "Cannot read: the connection was lost")
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    await faults.reach("before:store.read", lost)
    const rows = await process.whileAlive(work)
    await faults.reach("after:store.read", lost)
    return rows
  }
  const alive: Store = {
    read: (query) => reading(() => store.read(query)),
    rows: (statement) => reading(() => store.rows(statement)),
    unit: (options, statements) => process.whileAlive(() => store.unit(options, statements)),
    close: () => undefined,
  }
  return faultyStore(alive, faults)
}
