import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { runSuite } from "./portable/suite.ts"

const EXPECTED = {
  seen: 230,
  certificate: [true, "equal", 230, "stitch-and-chase"],
  retries: ["limit.rate", "response.unreadable", "carrier.unavailable"],
  edit: ["applied", "moved"],
  unknown: "20000001",
  aborted: "gone",
  late: "woke",
  signature2: "x4Vysh+TWWeKK0JynTzzddsxaUZjC3b0+zncT7Mf4mU=",
  push: { ok: true },
  forged: { ok: false, reason: "signature" },
  replayed: "played",
  date: Date.UTC(2026, 2, 1, 8, 0, 0, 250),
  sent: "2026-03-01T08:00:00Z",
  calls: 423,
}

test("the public API gives the same on Node", async () => {
  expect(await runSuite()).toEqual(EXPECTED)
})

test("the public API gives the same on Deno", { timeout: 30_000 }, async () => {
  const main = fileURLToPath(new URL("./portable/main.ts", import.meta.url))
  const flags = ["run", "-A", "--no-prompt", "--conditions=@altaworx/source", "--node-modules-dir=manual"]
  const deno = fileURLToPath(new URL("../../../node_modules/.bin/deno", import.meta.url))
  const { stdout } = await promisify(execFile)(deno, [...flags, main])
  expect(JSON.parse(stdout)).toEqual(EXPECTED)
})
