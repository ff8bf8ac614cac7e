import * as v from "valibot"
import { isLoopback } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { Runtime } from "../ports/mod.ts"
import type { PointInTimeRecovery } from "./backups.ts"

export interface TursoRecoveryOptions {
  readonly organization: string
  /** Name of the database that is recovered. */
  readonly database: string
  /** Group that the new database belongs to. @default "default" */
  readonly group?: string
  /** Token of the platform API. */
  readonly token: string
  readonly runtime: Runtime
  /** @default "https://api.turso.tech" */
  readonly baseUrl?: string
}

// What the provider says of the time between a commit and its backup.
const GAP_MS = 15_000
const PATIENCE_MS = 120_000
const ANSWER = v.object({ database: v.object({ Hostname: v.pipe(v.string(), v.regex(/^[a-z\d.-]+$/i)) }) })

/**
 * Point-in-time recovery of Turso: a new database made from the old one as it was at an instant. The new one takes a token
 * of its own group.
 *
 * Source: docs.turso.tech, "Point-in-Time Recovery" and "Create Database", read on 2026-11-22. Not tried against the
 * service itself.
 *
 * @throws {CoreError} `input.invalid`, field `baseUrl`, for an address that would be spoken to in clear.
 */
export function tursoRecovery(options: TursoRecoveryOptions): PointInTimeRecovery {
  const { organization, database, group = "default", token, runtime, baseUrl = "https://api.turso.tech" } = options
  const base = URL.parse(baseUrl)
  if (!base || (base.protocol !== "https:" && !(base.protocol === "http:" && isLoopback(base.hostname)))) {
    throw new CoreError("input.invalid", "Cannot recover the database: baseUrl must begin with https:", {
      field: "baseUrl",
    })
  }
  return {
    async restore({ name, at }) {
      const seed = { type: "database", name: database, timestamp: new Date(at).toISOString() }
      const response = await post(
        runtime,
        new URL(`/v1/organizations/${encodeURIComponent(organization)}/databases`, base),
        token,
        {
          name,
          group,
          seed,
        },
      )
      const answer = v.safeParse(ANSWER, await response.json().catch(() => undefined))
      if (!answer.success) throw unavailable("its answer is not understood")
      return { url: `libsql://${answer.output.database.Hostname}`, gapMs: GAP_MS }
    },
  }
}

async function post(runtime: Runtime, url: URL, token: string, body: unknown): Promise<Response> {
  const tooLate = new AbortController()
  const answered = new AbortController()
  const patience = runtime.clock.sleep(PATIENCE_MS, answered.signal).then(
    () => tooLate.abort(),
    () => undefined,
  )
  let response: Response
  try {
    response = await runtime.fetch(url, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      // A token is sent nowhere but where it belongs.
      redirect: "error",
      signal: tooLate.signal,
    })
  } catch (error) {
    throw unavailable("the provider did not answer", error)
  } finally {
    answered.abort()
    await patience
  }
  if (response.ok) return response
  if (response.status === 401 || response.status === 403) {
    throw new CoreError("auth.refused", "Cannot recover the database: the provider refused the token")
  }
  if (response.status >= 500 || response.status === 429) throw unavailable(`the provider answered ${response.status}`)
  throw new CoreError("input.invalid", `Cannot recover the database: the provider answered ${response.status}`, {
    field: response.status === 409 ? "name" : "at",
  })
}

function unavailable(reason: string, cause?: unknown): CoreError {
  return new CoreError("store.unavailable", `Cannot recover the database: ${reason}`, { cause })
}
