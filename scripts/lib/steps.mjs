// Runs named steps and prints one line each; the output of a step is shown when it fails.
import { spawn } from "node:child_process"
import { delimiter, resolve } from "node:path"

const PATH = `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}`

/**
 * @typedef {{ name: string, command?: string[], cwd?: string, run?: () => Promise<string | void> | string | void }} Step
 * A step is a command line or a function; a function throws to fail and may return a note for its line.
 */

/**
 * Runs all steps, `atOnce` side by side, goes on after a failure, and makes the process end with 1 if any failed.
 *
 * @param {readonly Step[]} steps
 * @param {{ atOnce?: number }} [options]
 * @returns {Promise<boolean>} Whether all passed.
 */
export async function runSteps(steps, { atOnce = 1 } = {}) {
  const waiting = [...steps]
  const failed = []
  const startedAt = performance.now()
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const stepStartedAt = performance.now()
      try {
        const note = step.command ? await runCommand(step.command, { cwd: step.cwd }) : await step.run()
        console.log(`ok   ${step.name} ${seconds(stepStartedAt)}${note && !step.command ? `  ${note}` : ""}`)
      } catch (error) {
        failed.push(step.name)
        console.log(`FAIL ${step.name} ${seconds(stepStartedAt)}`)
        console.log(String(error?.message ?? error).replace(/^/gm, "     "))
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  console.log(`${steps.length - failed.length} of ${steps.length} steps passed in ${seconds(startedAt)}`)
  if (failed.length > 0) process.exitCode = 1
  return failed.length === 0
}

/**
 * Runs a command and resolves with what it printed; rejects with that text when it fails.
 *
 * @param {readonly string[]} command
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<string>}
 */
export function runCommand([program, ...args], options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
      ...options,
      env: { ...process.env, PATH, NO_COLOR: "1", FORCE_COLOR: "0", ...options.env },
    })
    let output = ""
    child.stdout.on("data", (chunk) => (output += chunk))
    child.stderr.on("data", (chunk) => (output += chunk))
    child.on("error", reject)
    child.on("close", (status, signal) => {
      if (status === 0) resolve(output)
      else reject(new Error(`${output.trimEnd()}\n(${[program, ...args].join(" ")} ended with ${status ?? signal})`))
    })
  })
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
