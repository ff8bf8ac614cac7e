import { type ChildProcess, spawn } from "node:child_process"
import { readdirSync, rmSync } from "node:fs"
import { join, parse } from "node:path"
import { createInterface } from "node:readline"
import { afterAll } from "vitest"
import { bundlePrograms } from "../../../scripts/lib/bundle-programs.ts"

// A folder of this process: test files run side by side.
const sources = join(import.meta.dirname, "workers")
const programs = await bundlePrograms(
  `core-workers-${process.pid}`,
  Object.fromEntries(readdirSync(sources).map((file) => [parse(file).name, join(sources, file)])),
)
afterAll(() => rmSync(programs, { recursive: true, force: true }))

/** A child process that runs one of `test/workers/`, and what it says. */
export interface WorkerProcess {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  /** Resolves once a line begins with `text`; rejects if the process ends before. */
  says(text: string): Promise<string>
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

export function startWorker(name: string, args: readonly string[]): WorkerProcess {
  const child = spawn(process.execPath, [join(programs, `${name}.js`), ...args], { stdio: ["pipe", "pipe", "inherit"] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of waiting) check()
  }
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line)
    wake()
  })
  let isOver = false
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on("close", (code, signal) => {
      isOver = true
      wake()
      resolve({ code, signal })
    }),
  )
  const says = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const check = () => {
        const line = lines.find((one) => one.startsWith(text))
        if (line === undefined && !isOver) return
        waiting.delete(check)
        if (line === undefined) reject(new Error(`The process ended without saying "${text}": ${lines.join(" | ")}`))
        else resolve(line)
      }
      waiting.add(check)
      check()
    })
  return { child, lines, says, ended }
}
