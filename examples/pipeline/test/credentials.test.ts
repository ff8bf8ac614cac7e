import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import { createSimulator, DEFAULT_CREDENTIALS } from "@altaworx/jasper-client/simulator"
import { serveSimulator } from "@altaworx/jasper-client/simulator/node"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { runPipeline } from "../pipeline.ts"

const REFUSED_KEY = "0f7e3c1a-refused-key"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-credentials-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("runPipeline() with credentials that the carrier refuses", () => {
  it("says so, shows the key nowhere, and goes through with the right ones", { timeout: 60_000 }, async () => {
    const simulator = createSimulator({ seed: 2, devices: 200, callsPerSecond: 20_000 })
    const served = await serveSimulator(simulator)
    const runtime = systemRuntime()
    const store = await openStore({ url: `file:${join(folder, "test.db")}`, createClient, runtime })
    const run = (apiKey: string) =>
      runPipeline({
        store,
        runtime,
        sealingKey: Buffer.alloc(32, 9).toString("base64"),
        carrier: { url: served.url, username: DEFAULT_CREDENTIALS.username, apiKey, callsPerSecond: 20_000 },
        permittedRatePlans: { "LTE Data Only": ["Flex 8MB", "Flex 60MB"] },
        progress: { update: () => undefined, end: () => undefined },
        guardRails: {},
        onPlanned: () => undefined,
        onDefect: (error) => expect.unreachable(String(error)),
        signal: new AbortController().signal,
      })

    const refused = await run(REFUSED_KEY).catch((error: unknown) => error as Error)
    expect(refused).toMatchObject({ code: "carrier.credentials" })
    expect(inspect(refused, { depth: 9 })).not.toContain(REFUSED_KEY)
    expect(readFileSync(join(folder, "test.db")).includes(REFUSED_KEY)).toBe(false)

    const { optimizationSessionId } = await run(DEFAULT_CREDENTIALS.apiKey)
    expect(optimizationSessionId).toBeTruthy()
    store.close()
    await served.close()
  })
})
