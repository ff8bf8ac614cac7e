import fc from "fast-check"
import { describe, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import {
  listJobAttempts,
  pauseJobs,
  redriveDeadJobs,
  releaseAllLeases,
  resumeJobs,
  runDueJobs,
} from "../../src/jobs/mod.ts"
import { jobFixture, mark, marks } from "./fixture.ts"
import { expect } from "vitest"

// The queue against a model of it in a few lines: any order of enqueuing, running, failing, waiting, crashing and
// redriving must leave the jobs in the states the model has, and each effect written exactly once.

interface ModelJob {
  state: "ready" | "leased" | "done" | "dead"
  readonly priority: number
  runAt: number
  attempts: number
  readonly dedupeKey: string | null
  leaseUntil: number
  /** Outcomes of its attempts. */
  readonly log: string[]
}

interface Model {
  now: number
  isPaused: boolean
  readonly jobs: Map<string, ModelJob>
}

type Fixture = Awaited<ReturnType<typeof jobFixture>>
interface Real {
  readonly fixture: Fixture
  /** What the next handler does. */
  behaviour: "succeed" | "fail" | "refuse" | "crash"
}

const MAX_ATTEMPTS = 2
const LEASE_MS = 30_000
const RETRY_MS = 1_000

const claimable = (model: Model) =>
  [...model.jobs.entries()]
    .filter(([, job]) => job.state === "ready" && job.runAt <= model.now)
    .sort(([a, x], [b, y]) => x.priority - y.priority || x.runAt - y.runAt || (a < b ? -1 : 1))

const release = (job: ModelJob) => {
  job.state = "ready"
  job.log.push("lapsed")
}

const lapse = (model: Model) => {
  for (const job of model.jobs.values()) {
    if (job.state === "leased" && job.leaseUntil <= model.now) release(job)
  }
}

type Command = fc.AsyncCommand<Model, Real>
let nextId = 0

class Enqueue implements Command {
  readonly priority: number
  readonly delayMs: number
  readonly dedupeKey: string | null
  constructor(priority: number, delayMs: number, dedupeKey: string | null) {
    this.priority = priority
    this.delayMs = delayMs
    this.dedupeKey = dedupeKey
  }
  check = () => true
  async run(model: Model, { fixture }: Real): Promise<void> {
    const id = String(nextId++).padStart(6, "0")
    const { priority, dedupeKey } = this
    const runAt = model.now + this.delayMs
    await fixture.enqueue({ id, priority, runAt, ...(dedupeKey !== null && { dedupeKey }) })
    const isTaken = [...model.jobs.values()].some(
      (job) => dedupeKey !== null && job.dedupeKey === dedupeKey && (job.state === "ready" || job.state === "leased"),
    )
    if (!isTaken)
      model.jobs.set(id, { state: "ready", priority, runAt, attempts: 0, dedupeKey, leaseUntil: 0, log: [] })
  }
  toString = () => `enqueue(${this.priority}, +${this.delayMs}, ${this.dedupeKey})`
}

class RunOne implements Command {
  readonly behaviour: Real["behaviour"]
  constructor(behaviour: Real["behaviour"]) {
    this.behaviour = behaviour
  }
  check = () => true
  async run(model: Model, real: Real): Promise<void> {
    real.behaviour = this.behaviour
    // A worker that dies takes nothing with it but its lease: here, its store refuses every unit after the claim.
    const store: Fixture["store"] = {
      ...real.fixture.store,
      unit: (options, statements) =>
        this.behaviour === "crash" && !["jobs.care", "jobs.claim"].includes(options.name)
          ? Promise.reject(new CoreError("store.unavailable", "The worker is dead"))
          : real.fixture.store.unit(options, statements),
    }
    await runDueJobs({ ...real.fixture.host, store }, { maxJobs: 1 })
    lapse(model)
    const [next] = claimable(model)
    if (!next || model.isPaused) return
    const [, job] = next
    job.attempts++
    if (this.behaviour === "crash") {
      Object.assign(job, { state: "leased", leaseUntil: model.now + LEASE_MS })
      return
    }
    if (job.attempts > MAX_ATTEMPTS) job.state = "dead"
    else if (this.behaviour === "succeed") job.state = "done"
    else if (this.behaviour === "refuse" || job.attempts >= MAX_ATTEMPTS) job.state = "dead"
    else Object.assign(job, { state: "ready", runAt: model.now + RETRY_MS })
    job.log.push({ ready: "retried", leased: "", done: "completed", dead: "dead" }[job.state])
  }
  toString = () => `run(${this.behaviour})`
}

class Wait implements Command {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = () => true
  async run(model: Model, { fixture }: Real): Promise<void> {
    await fixture.clock.advance(this.ms)
    model.now += this.ms
  }
  toString = () => `wait(${this.ms})`
}

class Redrive implements Command {
  check = () => true
  async run(model: Model, { fixture }: Real): Promise<void> {
    await redriveDeadJobs(fixture.host, "t1")
    for (const [, job] of [...model.jobs.entries()].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const isTaken = [...model.jobs.values()].some(
        (other) =>
          job.dedupeKey !== null &&
          other.dedupeKey === job.dedupeKey &&
          (other.state === "ready" || other.state === "leased"),
      )
      if (job.state === "dead" && !isTaken) Object.assign(job, { state: "ready", runAt: model.now, attempts: 0 })
    }
  }
  toString = () => "redrive"
}

class Pause implements Command {
  readonly isPaused: boolean
  constructor(isPaused: boolean) {
    this.isPaused = isPaused
  }
  check = () => true
  async run(model: Model, { fixture }: Real): Promise<void> {
    await (this.isPaused ? pauseJobs : resumeJobs)(fixture.host, { queue: "test" })
    model.isPaused = this.isPaused
  }
  toString = () => (this.isPaused ? "pause" : "resume")
}

class ReleaseAll implements Command {
  check = () => true
  async run(model: Model, { fixture }: Real): Promise<void> {
    await releaseAllLeases(fixture.host)
    for (const job of model.jobs.values()) if (job.state === "leased") release(job)
  }
  toString = () => "release all"
}

const commands = fc.commands(
  [
    fc
      .tuple(fc.integer({ min: 1, max: 10 }), fc.constantFrom(0, 0, 500, 40_000), fc.constantFrom(null, null, "k", "l"))
      .map((args) => new Enqueue(...args)),
    fc.constantFrom("succeed", "fail", "refuse", "crash" as const).map((behaviour) => new RunOne(behaviour)),
    fc.constantFrom(1, 999, 1_000, 29_999, 30_000).map((ms) => new Wait(ms)),
    fc.constant(new Redrive()),
    fc.constantFrom(true, false, false).map((isPaused) => new Pause(isPaused)),
    fc.constant(new ReleaseAll()),
  ],
  { maxCommands: 40, size: "max" },
)

describe("the queue", () => {
  it("does what its model does", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const real: Real = { behaviour: "succeed", fixture: undefined as never }
        const fixture = await jobFixture(
          async (_payload, { jobId }) => {
            if (real.behaviour === "fail") throw new CoreError("carrier.unavailable", "Busy")
            if (real.behaviour === "refuse") throw new CoreError("input.invalid", "Never")
            return { statements: [mark(jobId)] }
          },
          {
            runtime: { autoAdvance: false },
            type: {
              maxAttempts: MAX_ATTEMPTS,
              leaseMs: LEASE_MS,
              retry: { kind: "fixed", baseMs: RETRY_MS, maxMs: RETRY_MS },
            },
          },
        )
        Object.assign(real, { fixture })
        const model: Model = { now: fixture.clock.now(), isPaused: false, jobs: new Map() }
        try {
          await fc.asyncModelRun(() => ({ model, real }), sequence)
          const expected = [...model.jobs.entries()].map(([id, { state, attempts, runAt }]) => ({
            id,
            state,
            attempts,
            runAt,
          }))
          const actual = (await fixture.jobs()).map(({ id, state, attempts, runAt }) => ({
            id,
            state,
            attempts,
            runAt,
          }))
          expect(actual).toEqual(expected.sort((a, b) => (a.id < b.id ? -1 : 1)))
          const done = expected.filter(({ state }) => state === "done").map(({ id }) => ({ id }))
          expect(await fixture.store.rows(marks)).toEqual(done)
          for (const [id, { log }] of model.jobs) {
            expect((await listJobAttempts(fixture.host, "t1", id)).map(({ outcome }) => outcome)).toEqual(log)
          }
        } finally {
          fixture.store.close()
        }
      }),
      { numRuns: 60 },
    )
  })
})
