import { spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { KILLABLE } from "./programs.ts"

/** How a program ended. */
export interface Ending {
  readonly signal: string | null
  readonly code: number | null
  readonly output: string
}

/**
 * Runs `killable.ts` to its end, whichever it is.
 *
 * @param env Tells it where to kill itself.
 */
export function startKillable(flags: readonly string[], env: Readonly<Record<string, string>>): Ending {
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, [KILLABLE, ...flags], {
    encoding: "utf8",
    timeout: 120_000,
    // Many starts: code that is compiled once instead of each time halves them.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "altaworx-compile-cache"), ...env },
  })
  return { signal, code: status, output: stdout + stderr }
}
