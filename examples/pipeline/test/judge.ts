import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createSimulator, type JournalEntry, type WriteEntry } from "@altaworx/jasper-client/simulator"
import { createClient } from "@libsql/client"
import { expect } from "vitest"
import type { LastRun } from "../results.ts"

/**
 * Holds what a finished run left behind against what the carrier knows: the inventory equals the carrier's state, no
 * change was asked for twice, every change has an outcome, and what is called verified is there.
 */
export async function judge(data: string, fleet: { readonly devices: number; readonly seed: number }): Promise<void> {
  const journal = readFileSync(join(data, "carrier.journal"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalEntry)
  const carrier = createSimulator({ ...fleet, journal: { entries: journal, append: () => undefined } })
  const truth = [...carrier.state].map((device) => [
    device.iccid,
    device.status,
    device.ratePlan,
    device.communicationPlan,
  ])
  expect(await inventoryOf(data)).toEqual(truth.sort(([a], [b]) => String(a).localeCompare(String(b))))

  const writes = journal.filter((entry): entry is WriteEntry => entry.type === "write")
  const asked = writes.map(({ iccid, fields }) => `${iccid} ${JSON.stringify(fields)}`)
  expect(asked.length).toBeGreaterThan(0)
  expect(new Set(asked).size).toBe(asked.length)

  const { apply } = JSON.parse(readFileSync(join(data, "last-run.json"), "utf8")) as LastRun
  expect(apply.verified).toBe(writes.filter(({ effect }) => effect === "applied").length)
  expect(apply.processed + apply.failed + apply.unknown).toBe(apply.planned)
}

async function inventoryOf(data: string): Promise<unknown[][]> {
  const database = createClient({ url: `file:${join(data, "altaworx.db")}` })
  try {
    const { rows } = await database.execute(
      "SELECT iccid, carrier_status, carrier_rate_plan, communication_plan FROM device WHERE missing_since IS NULL ORDER BY iccid",
    )
    return rows.map((row) => [row["iccid"], row["carrier_status"], row["carrier_rate_plan"], row["communication_plan"]])
  } finally {
    database.close()
  }
}
