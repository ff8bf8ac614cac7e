import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { DEFAULT_CREDENTIALS, type SimulatorCredentials } from "../options.ts"

/** How the child process builds its carrier. */
export interface SimulatorProcessOptions {
  readonly devices: number
  readonly seed: number
  /** Calls per second. */
  readonly rate: number
  readonly faults: "on" | "off"
  /** File that the carrier remembers in; created when missing. Without it nothing survives the process. */
  readonly journal?: string
  /** @default 0, any free port */
  readonly port?: number
}

/** A simulator in a process of its own, which ends when this process does. */
export interface SimulatorProcess {
  /** Without a trailing slash. */
  readonly url: string
  readonly credentials: SimulatorCredentials
  /** Of the child process. */
  readonly pid: number
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  /** Ends the process and waits until it has. */
  stop(): Promise<void>
}

const STOP_DEADLINE_MS = 2_000

/**
 * Starts a simulator as a child process and waits until it answers.
 *
 * The child ends when its standard input closes, which the operating system sees to even when this process is killed.
 * It does not keep this process alive.
 *
 * @throws {Error} If it ends before it is ready; the message is the last line it wrote.
 */
export async function startSimulatorProcess(options: SimulatorProcessOptions): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, [entryPath(), ...argumentsFor(options)], { stdio: ["pipe", "pipe", "pipe"] })
  const ended = once(child, "exit").then(() => {})
  const url = await readUrl(child)
  for (const part of [child, child.stdin, child.stdout, child.stderr])
    (part as { unref?: () => void } | null)?.unref?.()
  return {
    url,
    credentials: DEFAULT_CREDENTIALS,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.ref()
      child.stdin?.end()
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The program to run: the source beside this file, or the published command when this is the bundle in `dist`. */
function entryPath(): string {
  const isSource = import.meta.url.endsWith(".ts")
  return fileURLToPath(new URL(isSource ? "./main.ts" : "../../bin/altaworx-jasper-simulator.js", import.meta.url))
}

function argumentsFor({ devices, seed, rate, faults, journal, port = 0 }: SimulatorProcessOptions): string[] {
  const flags = { devices, seed, rate, faults, port, ...(journal === undefined ? {} : { journal }) }
  return [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), "--with-parent"]
}

async function readUrl(child: ChildProcess): Promise<string> {
  let lastError = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastError = text.trim().split("\n").at(-1) ?? lastError
  })
  if (child.stdout === null) throw new Error("Cannot start simulator: no output pipe")
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as { ready: true; url: string }
    child.stdout.resume()
    return message.url
  }
  throw new Error(lastError || "Cannot start simulator: the process ended before it was ready")
}
