import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { LastRun } from "../results.ts"
import { PROGRAM } from "./programs.ts"

let folder: string
let data: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-command-"))
  data = join(folder, "data")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(...flags: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...flags], {
    encoding: "utf8",
    timeout: 60_000,
  })
  return { code: status, stdout, stderr: stderr.trim() }
}

const start = (...flags: string[]) => run("--devices=300", "--rate=20000", `--data=${data}`, ...flags)

describe("npm start with a mistake in it", () => {
  it.each([
    [["--devices=0"], '--devices must be a whole number from 1 to 1000000, got "0"'],
    [["--devices=many"], '--devices must be a whole number from 1 to 1000000, got "many"'],
    [["--seed=-1"], "--seed must be a whole number"],
    [["--rate=0"], "--rate must be a whole number from 1"],
    [["--faults=maybe"], '--faults must be on or off, got "maybe"'],
    [["--most-moves=some"], '--most-moves must be a whole number from 0 to 1000000, got "some"'],
    [["--least-saving=1,5"], '--least-saving must be an amount like 0.25, got "1,5"'],
    [["--canary=-1"], "--canary must be a whole number"],
    [["--data="], "--data must name a folder"],
    [["--device=5"], "Unknown option '--device'"],
    [["5"], "Unexpected argument '5'"],
  ])("%j says so in one line and ends with 2", (flags, message) => {
    const { code, stdout, stderr } = run(...flags)
    expect(stderr).toContain(message)
    expect([code, stdout, stderr.split("\n").length]).toEqual([2, "", 1])
  })

  it("a data folder that cannot be written", () => {
    writeFileSync(join(folder, "file"), "")
    const { code, stderr } = run(`--data=${join(folder, "file/data")}`)
    expect(stderr).toMatch(/^Cannot write to the data folder ".*" \(ENOTDIR\): give --data another one$/)
    expect(code).toBe(2)
  })

  it("a file that is no database, which is left as it was", () => {
    mkdirSync(data)
    const letter = "not a database at all, but long enough to be taken for one ".repeat(200)
    writeFileSync(join(data, "altaworx.db"), letter)
    const { code, stderr } = start()
    expect(stderr).toMatch(/^Cannot .*the file is no database, or it is damaged/)
    expect([code, stderr.split("\n").length]).toEqual([2, 1])
    expect(readFileSync(join(data, "altaworx.db"), "utf8")).toBe(letter)
  })

  it("a database of a newer version, which keeps its rows", async () => {
    mkdirSync(data)
    const database = createClient({ url: `file:${join(data, "altaworx.db")}` })
    await database.executeMultiple(
      "CREATE TABLE schema_migration (tag TEXT PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT; INSERT INTO schema_migration VALUES ('9999_later', 'x', 1)",
    )
    const { code, stderr } = start()
    expect(stderr).toContain("a newer version of this software wrote it (9999_later)")
    expect([code, stderr.split("\n").length]).toEqual([2, 1])
    expect((await database.execute("SELECT tag FROM schema_migration")).rows).toHaveLength(1)
    database.close()
  })

  it("a port that is in use", async () => {
    const server: Server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as { port: number }
    const { code, stderr } = start(`--port=${port}`)
    server.close()
    expect(stderr).toContain(`127.0.0.1:${port}: the port is in use`)
    expect([code, stderr.split("\n").length]).toEqual([2, 1])
  })

  it("a data folder that another run uses", () => {
    mkdirSync(data)
    writeFileSync(join(data, "run.lock"), String(process.pid))
    const { code, stderr } = start()
    expect(stderr).toContain(`Another run (process ${process.pid}) uses this data folder`)
    expect(code).toBe(2)
  })

  it("an unfinished run of another fleet", () => {
    mkdirSync(data)
    writeFileSync(
      join(data, "run.json"),
      JSON.stringify({ version: 1, devices: 300, seed: 9, faults: "on", startedAt: 1, finished: false }),
    )
    const { code, stderr } = start("--seed=1")
    expect(stderr).toContain("holds an unfinished run with --seed 9")
    expect(code).toBe(2)
  })
})

describe("npm start", () => {
  it("shows its usage", () => {
    const { code, stdout } = run("--help")
    expect(stdout).toContain("--devices N")
    expect(code).toBe(0)
  })

  it("leaves report, rows and figures behind, and begins anew after a finished run", { timeout: 60_000 }, () => {
    const first = start("--seed=5")
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(first.stdout).toContain("Lower bound")
    const figures = () => JSON.parse(readFileSync(join(data, "last-run.json"), "utf8")) as LastRun
    const { promotion, optimization, apply, injected } = figures()
    expect(promotion.inserted).toBe(300)
    for (const name of ["report.html", "report.csv", "failed-changes.csv"])
      expect(existsSync(join(data, name))).toBe(true)

    const second = start("--seed=5")
    expect(second).toMatchObject({ code: 0, stderr: "" })
    expect(second.stdout).toContain("Starting a fleet")
    expect(figures()).toMatchObject({
      promotion,
      apply: { planned: apply.planned, processed: apply.processed },
      optimization: { cost: optimization.cost, lowerBound: optimization.lowerBound },
      injected: { drifted: injected.drifted, silentNoOps: injected.silentNoOps },
    })
    expect(existsSync(join(data, "previous/altaworx.db"))).toBe(true)
  })

  it("keeps its guard rails, and reconciles what it did with what was predicted", { timeout: 60_000 }, () => {
    const { code, stdout, stderr } = start("--seed=5", "--most-moves=12", "--least-saving=0.5", "--canary=4")
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toContain("Guard rails: 12 moves at the most; each saves 0.50 at least; the first 4 have to be seen")
    expect(stdout).toMatch(/Held back: \d+ above the most moves/)
    expect(stdout).toMatch(/Canary +(passed|failed)/)
    expect(stdout).toMatch(/Reconciled +[\d.,]+ saved of [\d.,]+ predicted, (un)?explained/)
    const { apply, reconcile } = JSON.parse(readFileSync(join(data, "last-run.json"), "utf8")) as LastRun
    expect(apply.planned).toBeLessThanOrEqual(12)
    const missing = Object.values(reconcile.missing).reduce((sum, { saving }) => sum + BigInt(saving), 0n)
    expect(BigInt(reconcile.predictedSaving) - BigInt(reconcile.appliedSaving)).toBe(missing)
    expect(reconcile.missing.heldBack.devices).toBeGreaterThan(0)
    expect(readFileSync(join(data, "report.html"), "utf8")).toContain("Predicted and applied")
  })

  it("stops on Ctrl-C within two seconds, says how to go on, and goes on", { timeout: 60_000 }, async () => {
    const flags = ["--devices=2000", "--rate=100", `--data=${data}`]
    const child = spawn(process.execPath, [PROGRAM, ...flags], { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    while (!output.includes("Device pages")) await once(child.stdout, "data")
    const stoppedAt = performance.now()
    child.kill("SIGINT")
    const [code] = (await once(child, "exit")) as [number]
    expect(performance.now() - stoppedAt).toBeLessThan(2_000)
    expect(code).toBe(130)
    expect(output).toContain("goes on from there")
    const { code: resumed, stdout } = run("--devices=2000", "--rate=20000", `--data=${data}`)
    expect(stdout).toContain("Going on with a fleet")
    expect(resumed).toBe(0)
  })
})
