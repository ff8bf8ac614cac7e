import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { failedRowsCsv } from "./failed-rows.ts"
import { readDeviceFile } from "./read-device-file.ts"

const LINES = 1_000_000

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

function heapInUse(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

async function* file() {
  const encoder = new TextEncoder()
  yield encoder.encode("iccid,rate plan\r\n")
  for (let from = 0; from < LINES; from += 1_000) {
    const numbers = Array.from({ length: 1_000 }, (_, at) => from + at)
    // One line in ten is spoiled.
    const lines = numbers.map((n) => `${n % 10 ? `89${String(n).padStart(17, "1")}` : "8.9E+18"},"Flex, 5MB"\r\n`)
    yield encoder.encode(lines.join(""))
  }
}

describe("a device file of a million lines", () => {
  it("streams through reader and failed rows without growing the heap", { timeout: 600_000 }, async () => {
    let rows = 0
    const failures = (async function* () {
      for await (const entry of readDeviceFile(file())) {
        if (entry.kind === "row") rows += 1
        if (entry.kind === "fault") yield { text: entry.text, reason: entry.reason }
      }
    })()
    const header = { delimiter: ",", text: "iccid,rate plan", columns: [{ name: "iccid", field: null }] }
    let failed = 0
    let highest = 0
    const before = heapInUse()
    for await (const _ of failedRowsCsv(header, failures)) {
      failed += 1
      if (failed % 5_000 === 0) highest = Math.max(highest, heapInUse() - before)
    }
    expect([rows, failed]).toEqual([LINES * 0.9, LINES * 0.1 + 1])
    // Held whole, the file alone is 40 MB, its rows many times that.
    expect(highest / 2 ** 20).toBeLessThan(8)
  })
})
