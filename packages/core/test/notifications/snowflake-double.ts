import { createHash, createPublicKey, generateKeyPairSync, randomUUID, verify } from "node:crypto"
import { type Answer, startReceiver } from "./receiver.ts"

export interface Execution {
  readonly handle: string
  /** How it failed, which is told again whenever it is asked for. */
  readonly failure: Answer | undefined
  readonly statement: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * A double of Snowflake's SQL API, version 2, by its documentation: the token of key-pair authentication is checked as a
 * server would, a request id that was seen is not executed again where `retry=true` says that it may be a repetition, and a
 * statement that takes long is answered by 202 with its handle, to be asked for. It does not run SQL: it keeps what it
 * would have run.
 */
export async function startSnowflake(now: () => number) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const executions: Execution[] = []
  /** What becomes of the next answers to a submission, after it was executed. */
  const lost: Answer[] = []
  const seen = new Map<string, string>()
  /** How often each statement still says that it runs. */
  const running = new Map<string, number>()
  const options = { looks: 0, fail: undefined as Answer | undefined }

  const json = (status: number, body: object): Answer => ({
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const result = (handle: string): Answer => {
    const left = running.get(handle) ?? 0
    running.set(handle, left - 1)
    const facts = { statementHandle: handle, statementStatusUrl: `/api/v2/statements/${handle}` }
    if (left > 0) return json(202, { code: "333334", message: "Asynchronous execution in progress.", ...facts })
    return (
      executions.find((one) => one.handle === handle)?.failure ??
      json(200, {
        code: "090001",
        sqlState: "00000",
        message: "Statement executed successfully.",
        ...facts,
        data: [["1"]],
      })
    )
  }

  const receiver = await startReceiver(({ method, url: path, headers, body }) => {
    const url = new URL(path, "http://x")
    if (headers["x-snowflake-authorization-token-type"] !== "KEYPAIR_JWT") return json(401, { code: "390303" })
    if (!headers["user-agent"] || headers.accept !== "application/json") return json(400, { code: "391902" })
    const fault = tokenFault(headers.authorization ?? "", publicKey.export({ type: "spki", format: "der" }), now())
    if (fault) return json(401, { code: "390144", message: `JWT token is invalid. ${fault}` })

    const handle = /^\/api\/v2\/statements\/([\w-]+)$/.exec(url.pathname)?.[1]
    if (method === "GET" && handle) return running.has(handle) ? result(handle) : json(404, { code: "000000" })
    if (method !== "POST" || url.pathname !== "/api/v2/statements") return json(404, { code: "000000" })

    const requestId = url.searchParams.get("requestId") ?? randomUUID()
    if (!/^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/.test(requestId)) return json(400, { code: "391911" })
    const earlier = url.searchParams.get("retry") === "true" ? seen.get(requestId) : undefined
    if (earlier) return lost.shift() ?? result(earlier)
    const request = JSON.parse(body) as { statement: string; bindings: Record<string, { type: string; value: string }> }
    const placeholders = request.statement.split("?").length - 1
    if (Object.keys(request.bindings).length !== placeholders) return json(422, { code: "100078" })
    const newHandle = randomUUID()
    seen.set(requestId, newHandle)
    running.set(newHandle, options.looks)
    executions.push({
      handle: newHandle,
      failure: options.fail,
      statement: request.statement,
      rows: JSON.parse(request.bindings["1"]?.value ?? "[]") as Execution["rows"],
      body: request as unknown as Execution["body"],
    })
    return lost.shift() ?? result(newHandle)
  })
  return {
    ...receiver,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    executions,
    lost,
    options,
  }
}

/** Why a server would not accept the token. */
function tokenFault(authorization: string, publicKey: Buffer, now: number): string | undefined {
  const [header = "", payload = "", signature = ""] = authorization.replace(/^Bearer /, "").split(".")
  const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>
  if (decode(header)["alg"] !== "RS256") return "alg"
  const key = createPublicKey({ key: publicKey, type: "spki", format: "der" })
  if (!verify("RSA-SHA256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"))) {
    return "signature"
  }
  const { iss, sub, iat, exp } = decode(payload) as { iss: string; sub: string; iat: number; exp: number }
  const fingerprint = createHash("sha256").update(publicKey).digest("base64")
  if (sub !== "MYORG-MYACCOUNT.LOADER") return "sub"
  if (iss !== `${sub}.SHA256:${fingerprint}`) return "iss"
  if (exp - iat > 3_600 || iat * 1_000 > now + 60_000 || exp * 1_000 <= now) return "exp"
  return undefined
}
