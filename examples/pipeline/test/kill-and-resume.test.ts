import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createSimulator, type JournalEntry } from "@altaworx/jasper-client/simulator"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { LastRun } from "../results.ts"
import { CARRIER_CALLS, unitNames } from "./unit-names.ts"

const DEVICES = 3_000
const SEED = 3

/** Points that one run of the pipeline cannot reach, and why. */
const NOT_IN_THE_PIPELINE: Readonly<Record<string, string>> = {
  "bulk-change.cancel": "the pipeline cancels nothing",
  "bulk-change.cancel-devices": "the pipeline cancels nothing",
  "bulk-change.return-device": "the simulated carrier is never away for as long as the client is patient",
  "carrier.get": "asked only about devices that a scan did not list",
  "jobs.archive": "a verb of the host, for old jobs",
  "jobs.bury": "no job of the pipeline is given up",
  "jobs.forget": "a verb of the host, for old jobs",
  "jobs.limit": "the pipeline sets no limits",
  "jobs.pause": "a verb of the operator",
  "jobs.redrive": "no job of the pipeline is given up",
  "jobs.renew": "no job of the pipeline runs for a third of its lease",
  "jobs.resume": "a verb of the operator",
  "jobs.retry": "the client retries by itself, so no job of the pipeline fails",
  "jobs.return": "happens when the host is asked to stop, not when it is killed",
  "jobs.schedule": "the pipeline has no schedule",
  "optimization.start-session": "the session is started by finalize, in its own unit",
  "sync.mark-missing": "no device vanishes from the simulated carrier",
  "tenancy.create-api-key": "the pipeline has no HTTP door",
  "tenancy.revoke-api-key": "the pipeline has no HTTP door",
}

// Some ninety starts: code that is compiled once instead of each time halves them.
const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), "altaworx-compile-cache") }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-kill-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function start(...more: string[]): {
  readonly signal: string | null
  readonly code: number | null
  readonly output: string
} {
  const program = join(import.meta.dirname, "killable.ts")
  const flags = [`--devices=${DEVICES}`, `--seed=${SEED}`, "--rate=20000", `--data=${join(folder, "data")}`, ...more]
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@altaworx/source", program, ...flags],
    {
      encoding: "utf8",
      timeout: 120_000,
      env: { ...process.env, ...COMPILE_CACHE, KILLED_AT: join(folder, "killed-at") },
    },
  )
  return { signal, code: status, output: stdout + stderr }
}

const killedAt = () => new Set(readFileSync(join(folder, "killed-at"), "utf8").split("\n").filter(Boolean))

function carrierJournal(): JournalEntry[] {
  const lines = readFileSync(join(folder, "data/carrier.journal"), "utf8").split("\n").filter(Boolean)
  return lines.map((line) => JSON.parse(line) as JournalEntry)
}

describe("npm start, killed at every named unit and carrier call", () => {
  it("goes on where it was each time, and ends with the carrier's state and no change made twice", {
    timeout: 600_000,
  }, async () => {
    // A process that is killed leaves no compiled code behind, so one that ends by itself goes first.
    expect(start("--help").code).toBe(0)
    let runs = 0
    for (let last = start(); last.code !== 0; last = start()) {
      // A run that ends by itself instead of by the kill has failed.
      expect(last, last.output).toMatchObject({ signal: "SIGKILL" })
      expect(++runs).toBeLessThan(200)
    }

    const reached = killedAt()
    const names = [...unitNames(), ...CARRIER_CALLS.map((call) => `carrier.${call}`)]
    const missed = names.flatMap((name) => [`before:${name}`, `after:${name}`]).filter((point) => !reached.has(point))
    expect([...new Set(missed.map((point) => point.split(":")[1]))].sort()).toEqual(
      Object.keys(NOT_IN_THE_PIPELINE).sort(),
    )

    const journal = carrierJournal()
    const carrier = createSimulator({
      seed: SEED,
      devices: DEVICES,
      journal: { entries: journal, append: () => undefined },
    })
    const database = createClient({ url: `file:${join(folder, "data/altaworx.db")}` })
    const { rows } = await database.execute(
      "SELECT iccid, carrier_status, carrier_rate_plan, communication_plan FROM device WHERE missing_since IS NULL ORDER BY iccid",
    )
    const inventory = rows.map((row) => [row.iccid, row.carrier_status, row.carrier_rate_plan, row.communication_plan])
    const truth = [...carrier.state].map((device) => [
      device.iccid,
      device.status,
      device.ratePlan,
      device.communicationPlan,
    ])
    expect(inventory).toEqual(truth.sort(([a], [b]) => String(a).localeCompare(String(b))))

    const writes = journal
      .filter((entry) => entry.type === "write")
      .map((entry) => `${entry.iccid} ${JSON.stringify(entry.fields)}`)
    expect(writes.length).toBeGreaterThan(5)
    expect(new Set(writes).size).toBe(writes.length)

    const lastRun = JSON.parse(readFileSync(join(folder, "data/last-run.json"), "utf8")) as LastRun
    const applied = journal.filter((entry) => entry.type === "write" && entry.effect === "applied")
    expect(lastRun.apply.verified).toBe(applied.length)
    expect(lastRun.apply.processed + lastRun.apply.failed + lastRun.apply.unknown).toBe(lastRun.apply.planned)
    database.close()
  })
})
