import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ensureBillingPeriod } from "@altaworx/core/inventory"
import { startOptimizationSession } from "@altaworx/core/optimization"
import { systemRuntime } from "@altaworx/core/ports"
import { createServiceProvider } from "@altaworx/core/providers"
import { openStore } from "@altaworx/core/store"
import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { SERVER } from "./test-programs.ts"

const KEY = "canary-bootstrap-key-0123456789"
const SEALING_KEY = btoa("canary-sealing-key-of-32-bytes!!")

interface Started {
  readonly url: string
  readonly process: ChildProcess
  readonly printed: () => string
  readonly ended: Promise<number>
}

let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-server-"))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [SERVER], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  children.push(child)
  let text = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)))
  const ended = once(child, "close").then(([code]) => code as number)
  return { process: child, printed: () => text, ended }
}

async function startServer(env: Record<string, string> = {}): Promise<Started> {
  const started = start({ BOOTSTRAP_API_KEY: KEY, ...env })
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /Listening on (\S+)/.exec(started.printed())?.[1]
      if (found !== undefined) resolve(found)
    }
    started.process.stdout?.on("data", look)
    void started.ended.then(() => reject(new Error(`The server ended: ${started.printed()}`)))
  })
  return { ...started, url }
}

const get = (url: string, key = KEY) => fetch(url, { headers: { Authorization: `Bearer ${key}` } })

/** One clear line and exit code 2. */
async function expectRefusal(env: Record<string, string>, line: RegExp) {
  const started = start(env)
  expect([await started.ended, started.printed()]).toEqual([2, expect.stringMatching(line)])
  expect(started.printed().trim().split("\n")).toHaveLength(1)
}

describe("the server", () => {
  it("starts with nothing but a first key, answers, and ends within two seconds of SIGINT", async () => {
    const { url, process: child, ended, printed } = await startServer()
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok", store: "reachable" })
    expect(await (await get(`${url}/v1/devices`)).json()).toEqual({ items: [], nextCursor: null })
    expect((await get(`${url}/v1/devices`, "another-key")).status).toBe(401)
    // A client that never finishes its request does not keep the server.
    const idle = connect(Number(new URL(url).port), "127.0.0.1")
    idle.on("error", () => undefined)
    await once(idle, "connect")
    idle.write("GET /healthz HTTP/1.1\r\n")

    const interruptedAt = performance.now()
    child.kill("SIGINT")
    expect(await ended).toBe(0)
    expect(performance.now() - interruptedAt).toBeLessThan(2_000)
    expect(printed()).toMatch(/Stopped\n$/)
    expect(printed()).not.toContain(KEY)
    idle.destroy()
  })

  it("knows the first key again after a restart, and ends on SIGTERM too", async () => {
    for (let round = 0; round < 2; round++) {
      const { url, process: child, ended } = await startServer()
      expect((await get(`${url}/v1/devices`)).status).toBe(200)
      child.kill("SIGTERM")
      expect(await ended).toBe(0)
    }
  })

  it("runs jobs in its process once it has a sealing key", async () => {
    const session = await seedSession()
    const { url, process: child, ended, printed } = await startServer({ SEALING_KEY })
    const read = async () =>
      (await (await get(`${url}/v1/optimization-sessions/${session}`)).json()) as { status: string }
    await expect.poll(async () => (await read()).status, { timeout: 8_000 }).toMatch(/^CompleteWith/)
    child.kill("SIGINT")
    expect(await ended).toBe(0)
    expect(printed()).not.toContain(SEALING_KEY)
  })

  it("does not start on a port that is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const { port } = taken.address() as { port: number }
    await expectRefusal(
      { PORT: String(port), BOOTSTRAP_API_KEY: KEY, SEALING_KEY },
      new RegExp(`PORT ${port} is in use`),
    )
    taken.close()
  })

  it("does not start with a setting that cannot be", async () => {
    await expectRefusal({ PORT: "http" }, /PORT must be/)
  })

  it("does not start on a damaged database, and leaves it as it is", async () => {
    const file = join(folder, "damaged.db")
    writeFileSync(file, "this is no database, but somebody may still want it".repeat(100))
    const before = readFileSync(file)
    await expectRefusal({ DATABASE_URL: `file:${file}` }, /DATABASE_URL.*(no database|damaged)/)
    expect(readFileSync(file)).toEqual(before)
  })
})

/** A database at the default place with a provider and a started optimization of an empty fleet. */
async function seedSession(): Promise<string> {
  mkdirSync(join(folder, ".data"))
  const url = `file:${join(folder, ".data", "altaworx.db")}`
  const runtime = systemRuntime()
  const store = await openStore({ url, createClient, runtime })
  const core = { store, runtime }
  await createTenant(core, { id: "1", name: "Tenant 1" })
  const { id: serviceProviderId } = await createServiceProvider(core, await importSealingKey(SEALING_KEY), {
    tenantId: "1",
    name: "Jasper",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example.com",
    username: "user",
    apiKey: "secret",
    billingPeriodEndDay: 18,
    timeZone: "UTC",
  })
  const schedule = { endDay: 18, endHour: 0, timeZone: "UTC" }
  const provider = { tenantId: "1", serviceProviderId }
  const { id: billingPeriodId } = await ensureBillingPeriod(core, { ...provider, schedule, at: runtime.clock.now() })
  const session = await startOptimizationSession(core, { ...provider, billingPeriodId })
  store.close()
  return session
}
