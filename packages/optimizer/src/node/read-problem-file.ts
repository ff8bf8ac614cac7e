import { closeSync, openSync, readSync } from "node:fs"
import { checkProblem } from "../problem/check-problem.ts"
import type { Problem } from "../problem/problem.ts"
import { JsonReader } from "./json-reader.ts"

const COLUMNS: ReadonlySet<string> = new Set(
  ["usage", "days", "sms", "commPlan", "currentPlan"].map((name) => `sims.${name}`),
)

/**
 * Reads and checks a problem document, its columns straight into typed arrays.
 *
 * @param path File, or `-` for standard input.
 * @throws {SyntaxError} If it is not JSON; the message names the path inside the document.
 * @throws {ProblemError} If it is not a problem.
 */
export function readProblemFile(path: string): Problem {
  const file = path === "-" ? 0 : openSync(path, "r")
  try {
    const document = new JsonReader(
      (into) => readWhenReady(file, into),
      (at) => COLUMNS.has(at),
    ).document()
    checkProblem(document)
    return document
  } finally {
    if (file !== 0) closeSync(file)
  }
}

const PAUSE_MS = 10

/** As `readSync`, which a pipe that does not block makes fail instead of wait. */
function readWhenReady(file: number, into: Uint8Array): number {
  for (;;) {
    try {
      return readSync(file, into)
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}
