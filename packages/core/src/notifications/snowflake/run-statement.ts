import * as v from "valibot"
import { CoreError } from "../../errors/mod.ts"
import type { Delivery } from "../deliverer.ts"
import { exchange, type OutboundReply, requireSuccess } from "../exchange.ts"
import { keyPairJwt } from "./key-pair-jwt.ts"

/** An account of Snowflake with its user, by key pair. */
export interface SnowflakeAccount {
  /** For example `MYORG-MYACCOUNT`. */
  readonly account: string
  readonly user: string
  /** PEM, PKCS#8, not encrypted. */
  readonly privateKey: string
  /** @default `https://<account>.snowflakecomputing.com` */
  readonly baseUrl?: string
  readonly warehouse?: string
  readonly database?: string
  readonly schema?: string
  readonly role?: string
  /** For one answer, milliseconds; the service holds an answer back for up to 45 s. @default 60000 */
  readonly timeoutMs?: number
  /** Between two looks at a statement that takes longer. @default 2000 */
  readonly pollMs?: number
}

export interface SnowflakeStatement {
  /** A UUID; the statement runs once for each. */
  readonly requestId: string
  readonly statement: string
  /** Texts for the `?` in it. */
  readonly bindings: readonly string[]
}

// With the default pause a minute; a statement that takes longer is asked for again by the next attempt.
const MOST_LOOKS = 30
const TOKEN_EXPIRED = "390144"

const status = v.object({ statementHandle: v.pipe(v.string(), v.regex(/^[\w-]+$/)) })
const failure = v.object({ code: v.pipe(v.string(), v.regex(/^\d{1,10}$/)) })

/**
 * Runs a statement by the SQL API, version 2, and waits for its end. A request with a known id is not run again
 * (`retry=true`), so that asking again after a lost answer is safe.
 *
 * @throws {CoreError} `notification.unavailable`, also while it still runs; `notification.refused` where the statement
 *   failed or the key is not accepted.
 */
export async function runStatement(
  delivery: Pick<Delivery, "runtime" | "signal">,
  account: SnowflakeAccount,
  { requestId, statement, bindings }: SnowflakeStatement,
): Promise<void> {
  const { runtime, signal } = delivery
  const base = account.baseUrl?.replace(/\/$/, "") ?? `https://${account.account.toLowerCase()}.snowflakecomputing.com`
  const request = {
    receiver: "Snowflake",
    headers: {
      authorization: `Bearer ${await keyPairJwt(account, runtime.clock.now())}`,
      "x-snowflake-authorization-token-type": "KEYPAIR_JWT",
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "altaworx-core/1",
    },
    timeoutMs: account.timeoutMs ?? 60_000,
  }
  const { warehouse, database, schema, role } = account
  let reply = await exchange(delivery, {
    ...request,
    url: `${base}/api/v2/statements?requestId=${requestId}&retry=true`,
    body: JSON.stringify({
      statement,
      timeout: 60,
      ...(warehouse === undefined ? {} : { warehouse }),
      ...(database === undefined ? {} : { database }),
      ...(schema === undefined ? {} : { schema }),
      ...(role === undefined ? {} : { role }),
      bindings: Object.fromEntries(bindings.map((value, at) => [String(at + 1), { type: "TEXT", value }])),
    }),
  })
  for (let looks = 0; reply.status === 202; looks++) {
    const parsed = v.safeParse(status, parseJson(reply))
    if (!parsed.success || looks === MOST_LOOKS) {
      const reason = parsed.success ? "the statement still runs" : "its answer is not in its shape"
      throw new CoreError("notification.unavailable", `Cannot tell Snowflake: ${reason}`)
    }
    await runtime.clock.sleep(account.pollMs ?? 2_000, signal)
    reply = await exchange(delivery, {
      ...request,
      method: "GET",
      url: `${base}/api/v2/statements/${parsed.output.statementHandle}`,
    })
  }
  judge(reply, runtime.clock.now())
}

function judge(reply: OutboundReply, now: number): void {
  const parsed = v.safeParse(failure, parseJson(reply))
  const code = parsed.success ? parsed.output.code : undefined
  // Our clock, or a key that is being replaced: either can be right the next time.
  if (reply.status === 401 && code === TOKEN_EXPIRED) {
    throw new CoreError("notification.unavailable", "Cannot tell Snowflake: it did not accept the token")
  }
  if (reply.status === 422) {
    throw new CoreError("notification.refused", `Cannot tell Snowflake: the statement failed with ${code ?? "no code"}`)
  }
  requireSuccess("Snowflake", reply, now)
}

function parseJson(reply: OutboundReply): unknown {
  try {
    return JSON.parse(reply.text)
  } catch {
    return undefined
  }
}
