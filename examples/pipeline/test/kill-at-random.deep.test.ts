import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "@altaworx/core/testing"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { judge } from "./judge.ts"
import { startKillable } from "./start-program.ts"

const DEVICES = 2_000
const KILLS_A_RUN = 3
const RUNS = 40

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-random-kill-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("npm start, killed at random", () => {
  it.each(Array.from({ length: RUNS }, (_, index) => index + 1))(
    "with seed %i, ends with the carrier's state and no change made twice",
    { timeout: 300_000 },
    async (seed) => {
      const flags = (data: string) => [
        `--devices=${DEVICES}`,
        `--seed=${seed}`,
        "--rate=20000",
        `--data=${join(folder, data)}`,
      ]
      const record = join(folder, "points.json")
      expect(startKillable(flags("clean"), { RECORD: record }).code).toBe(0)
      const points = JSON.parse(readFileSync(record, "utf8")) as [string, number][]

      const random = seededRandom(seed)
      const below = (limit: number) => Math.floor(random() * limit)
      const trace: string[] = []
      for (let kill = 0; kill < KILLS_A_RUN; kill++) {
        const [point, times] = points[below(points.length)] as [string, number]
        // A point may not come so often again in a run that goes on: then the start simply ends well.
        const at = `${point}#${1 + below(times)}`
        const { signal, code, output } = startKillable(flags("data"), { KILL_AT: at })
        trace.push(`${at} ${signal ?? code}`)
        expect(signal === "SIGKILL" || code === 0, `${trace.join(", ")}\n${output}`).toBe(true)
        if (code === 0) break
      }
      if (!trace.at(-1)?.endsWith(" 0")) expect(startKillable(flags("data"), {}).code, trace.join(", ")).toBe(0)
      await judge(join(folder, "data"), { devices: DEVICES, seed })
    },
  )
})
