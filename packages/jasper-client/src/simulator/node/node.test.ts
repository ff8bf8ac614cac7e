import { spawn } from "node:child_process"
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createSimulator, type Simulator } from "../simulator.ts"
import { defaultAuthorization, searchPath } from "../testing/caller.ts"
import { openJournalFile } from "./journal-file.ts"
import { startSimulatorProcess } from "./process.ts"
import { serveSimulator } from "./serve.ts"

const headers = { authorization: defaultAuthorization() }
const cleanups: (() => unknown)[] = []
let folder = ""

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-"))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  rmSync(folder, { recursive: true })
})

async function serve(simulator: Simulator): Promise<string> {
  const served = await serveSimulator(simulator)
  cleanups.push(served.close)
  return `${served.url}/rws/api/v1`
}

describe("serveSimulator()", () => {
  it("answers over HTTP as in memory, dates included", async () => {
    const simulator = createSimulator({ devices: 120, callsPerSecond: 1_000 })
    const base = await serve(simulator)
    const overHttp = await fetch(base + searchPath(2), { headers })
    const inMemory = await simulator.fetch(`http://simulator/rws/api/v1${searchPath(2)}`, { headers })
    expect(await overHttp.text()).toBe(await inMemory.text())
    expect(overHttp.headers.get("content-type")).toBe(inMemory.headers.get("content-type"))
    expect(Math.abs(Date.parse(overHttp.headers.get("date")!) - Date.now())).toBeLessThan(3_000)
  })

  it("takes writes", async () => {
    const simulator = createSimulator({ devices: 10 })
    const base = await serve(simulator)
    const [device] = [...simulator.state]
    const body = JSON.stringify({ deviceID: "Pumpe Süd" })
    const answer = await fetch(`${base}/devices/${device!.iccid}`, { method: "PUT", headers, body })
    expect(await answer.json()).toEqual({ iccid: device!.iccid })
    const details = await fetch(`${base}/devices/${device!.iccid}`, { headers })
    expect(await details.json()).toMatchObject({ deviceID: "Pumpe Süd" })
  })

  it("resets the connection where a fault breaks it, after the effect of a lost reply", async () => {
    const simulator = createSimulator({
      devices: 10,
      faults: {
        rules: [
          { fault: "drop", on: "echo" },
          { fault: "lostReply", on: "editDevice" },
        ],
      },
    })
    const base = await serve(simulator)
    await expect(fetch(`${base}/echo/hi`, { headers })).rejects.toThrow(TypeError)
    const [device] = [...simulator.state]
    const edit = fetch(`${base}/devices/${device!.iccid}`, { method: "PUT", headers, body: '{"deviceID":"x"}' })
    await expect(edit).rejects.toThrow(TypeError)
    expect(simulator.writes).toHaveLength(1)
  })

  it("resets the connection in the middle of a body, and lets one dawdle", async () => {
    const faults = {
      rules: [
        { fault: "brokenBody", nth: 1 },
        { fault: "slowBody", nth: 2, maxDelayMs: 100 },
      ],
    } as const
    const base = await serve(createSimulator({ faults }))
    const broken = await fetch(`${base}/rateplans`, { headers })
    expect(broken.status).toBe(200)
    await expect(broken.text()).rejects.toThrow(TypeError)
    const startedAt = performance.now()
    const slow = await fetch(`${base}/rateplans`, { headers })
    expect(((await slow.json()) as { ratePlans: unknown[] }).ratePlans).toHaveLength(8)
    expect(performance.now() - startedAt).toBeGreaterThan(80)
  })

  it("streams the true state of a large fleet", async () => {
    const simulator = createSimulator({ devices: 30_000 })
    const base = await serve(simulator)
    const text = await (await fetch(new URL("/simulator/devices", base))).text()
    const lines = text.trimEnd().split("\n")
    expect(lines).toHaveLength(30_000)
    expect(JSON.parse(lines[29_999]!)).toEqual([...simulator.state].at(-1))
  })

  it("says so when the port is in use", async () => {
    const served = await serveSimulator(createSimulator())
    cleanups.push(served.close)
    const port = Number(new URL(served.url).port)
    await expect(serveSimulator(createSimulator(), { port })).rejects.toThrow(
      `Cannot serve simulator on 127.0.0.1:${port}: the port is in use`,
    )
  })
})

describe("openJournalFile()", () => {
  it("cuts a torn last line and goes on behind the last whole one", () => {
    const path = join(folder, "journal.ndjson")
    const first = createSimulator({ devices: 10, journal: openJournalFile(path) })
    expect([...first.state]).toHaveLength(10)
    appendFileSync(path, '{"type":"write","seq":1,"at":17')
    const journal = openJournalFile(path)
    expect([...journal.entries]).toHaveLength(1)
    journal.append({ type: "fault", at: 1, rule: 0, fault: "drop" })
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(3)
    expect([...openJournalFile(path).entries]).toHaveLength(2)
  })

  it("refuses a file with any other broken line", () => {
    const path = join(folder, "journal.ndjson")
    writeFileSync(path, "not json\n{}\n")
    expect(() => openJournalFile(path)).toThrow(`line 1 of ${path} is not JSON`)
  })
})

describe("startSimulatorProcess()", { timeout: 60_000 }, () => {
  const options = { devices: 300, seed: 4, rate: 10_000, faults: "off" } as const

  it("serves, remembers what it was told before it was killed, and stops", async () => {
    const journal = join(folder, "journal.ndjson")
    const first = await startSimulatorProcess({ ...options, journal })
    const authorization = `Basic ${btoa(`${first.credentials.username}:${first.credentials.apiKey}`)}`
    const page = await (await fetch(`${first.url}/rws/api/v1${searchPath(1)}`, { headers: { authorization } })).json()
    const { iccid } = (page as { devices: { iccid: string }[] }).devices[0]!
    const path = `/rws/api/v1/devices/${iccid}`
    await fetch(first.url + path, { method: "PUT", headers: { authorization }, body: '{"deviceID":"kept"}' })
    const before = await (await fetch(`${first.url}/simulator/devices`)).text()
    await first.stop()
    await expect(fetch(first.url)).rejects.toThrow()

    const second = await startSimulatorProcess({ ...options, journal })
    cleanups.push(second.stop)
    expect(await (await fetch(`${second.url}/simulator/devices`)).text()).toBe(before)
    expect(await (await fetch(second.url + path, { headers: { authorization } })).json()).toMatchObject({
      deviceID: "kept",
    })
  })

  it("remembers every write that it answered, whenever it is killed", async () => {
    const journal = join(folder, "journal.ndjson")
    const kept = new Map<string, string>()
    for (let round = 0; round < 3; round++) {
      const running = await startSimulatorProcess({ ...options, rate: 1e9, journal })
      const base = `${running.url}/rws/api/v1`
      const page = await (await fetch(base + searchPath(1), { headers })).json()
      const iccids = (page as { devices: { iccid: string }[] }).devices.map(({ iccid }) => iccid)
      for (let i = 0; ; i++) {
        // Some writes later, at whatever point of one.
        if (i === 6 + 3 * round) setTimeout(() => process.kill(running.pid, "SIGKILL"), 3 + 2 * round)
        const iccid = iccids[i % iccids.length]!
        const body = JSON.stringify({ deviceID: `${round} ${i}` })
        const answer = await fetch(`${base}/devices/${iccid}`, { method: "PUT", headers, body }).catch(() => undefined)
        if (answer?.status !== 200) break
        kept.set(iccid, `${round} ${i}`)
      }
      await running.ended
    }
    expect(kept.size).toBeGreaterThan(10)
    const last = createSimulator({ devices: options.devices, seed: options.seed, journal: openJournalFile(journal) })
    const written = new Map(last.writes.map(({ iccid, fields }) => [iccid, fields["deviceID"]]))
    // One write may have been remembered whose answer was never seen.
    const different = [...kept].filter(([iccid, deviceID]) => written.get(iccid) !== deviceID)
    expect(different.length).toBeLessThanOrEqual(3)
    const answered = new Set(last.writes.map(({ iccid, fields }) => `${iccid} ${fields["deviceID"]}`))
    expect([...kept].filter(([iccid, deviceID]) => !answered.has(`${iccid} ${deviceID}`))).toEqual([])
  })

  it("ends when its parent is killed", async () => {
    const door = new URL("./mod.ts", import.meta.url).href
    const script = `
      const { startSimulatorProcess } = await import(${JSON.stringify(door)})
      const { url } = await startSimulatorProcess(${JSON.stringify(options)})
      console.log(url)
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const url = await new Promise<string>((resolve) =>
      parent.stdout.once("data", (text) => resolve(String(text).trim())),
    )
    expect((await fetch(`${url}/simulator/stats`)).status).toBe(200)
    parent.kill("SIGKILL")
    await expect
      .poll(
        () =>
          fetch(`${url}/simulator/stats`)
            .then(() => "up")
            .catch(() => "down"),
        { timeout: 2_000 },
      )
      .toBe("down")
  })

  it("says why it could not start", async () => {
    const journal = join(folder, "journal.ndjson")
    await (await startSimulatorProcess({ ...options, journal })).stop()
    await expect(startSimulatorProcess({ ...options, seed: 5, journal })).rejects.toThrow("fleet with seed 4, got 5")
    await expect(startSimulatorProcess({ ...options, devices: -3 })).rejects.toThrow(
      "devices must be 0 to 10000000, got -3",
    )
  })
})

describe("the command", { timeout: 30_000 }, () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url))
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let error = ""
    child.stderr.on("data", (text) => (error += String(text)))
    const code = await new Promise((resolve) => child.once("exit", resolve))
    return { code, error: error.trim() }
  }

  it.each([
    [["--faults", "maybe"], "--faults must be on or off, got maybe"],
    [["--devices", "many"], '--devices must be a number, got "many"'],
    [["--nonsense"], "--nonsense"],
    [["--port", "70000"], "70000"],
  ])("exits with 2 and one line for %o", async (args, message) => {
    const { code, error } = await run(...args)
    expect(code).toBe(2)
    expect(error).toContain(message)
    expect(error.split("\n")).toHaveLength(1)
  })
})
