import * as v from "valibot"
import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import { enqueueJobs } from "./enqueue.ts"
import { failureOf } from "./failure.ts"
import type { MessageHost, MessageScope, MessageTranslator, QueueMessage, ReceivedMessages } from "./message.ts"
import { acceptedMessages, type MessageRow, upsertMessages } from "./message-statements.ts"

/** Stands for the platform where a tenant is meant: messages that came in at no tenant's door. */
export const PLATFORM = "*"

const messageSchema: v.GenericSchema<unknown, QueueMessage> = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  attributes: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.string(), ""),
})

// A batch of a queue is ten; more come from a replay. One unit of this many writes for some milliseconds.
const AT_ONCE = 100

/**
 * Takes a batch of messages in: each becomes its jobs, or is kept with the reason why not. A message that is delivered
 * again makes its jobs no second time, and one that was kept is tried again.
 *
 * @param messages As delivered. One that is no message is kept as it is, too.
 * @throws {CoreError} `input.invalid` for a source without a translator, and what the store throws. Then the queue has to
 *   deliver the batch again, which is harmless.
 * @example One message makes a job, the other is kept
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { CoreError } from "@altaworx/core/errors"
 * import { type JobType, listDeadMessages, type MessageTranslator, receiveMessages } from "@altaworx/core/jobs"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 * import * as v from "valibot"
 *
 * const greet: JobType<unknown> = {
 *   type: "greet", queue: "demo", payload: v.object({ name: v.string() }), maxAttempts: 3, leaseMs: 60_000,
 *   retry: { kind: "fixed", baseMs: 1_000, maxMs: 1_000 },
 * }
 * const greetings: MessageTranslator = {
 *   name: "greetings",
 *   translate({ attributes: { TenantId, Name } }) {
 *     if (!TenantId) throw new CoreError("input.invalid", "Cannot read the message: no TenantId", { field: "TenantId" })
 *     return [{ type: greet, tenantId: TenantId, payload: { name: Name } }]
 *   },
 * }
 * const runtime = systemRuntime()
 * const store = await openStore({ url: ":memory:", createClient, runtime })
 * const host = { store, runtime, translators: [greetings] }
 * const messages = [
 *   { id: "m1", attributes: { TenantId: "t1", Name: "Ada" }, body: "" },
 *   { id: "m2", attributes: { Name: "Bob" }, body: "" },
 * ]
 * console.log(await receiveMessages(host, { source: "greetings" }, messages)) // { accepted: 1, repeated: 0, deadLettered: 1 }
 * console.log(await receiveMessages(host, { source: "greetings" }, messages)) // { accepted: 0, repeated: 1, deadLettered: 1 }
 * console.log((await listDeadMessages(host))[0]?.reason.field) // TenantId
 * store.close()
 * ```
 */
export async function receiveMessages(
  core: MessageHost,
  scope: MessageScope,
  messages: readonly QueueMessage[],
): Promise<ReceivedMessages> {
  const translator = core.translators.find(({ name }) => name === scope.source)
  if (!translator) {
    throw new CoreError("input.invalid", "Cannot receive the messages: no translator reads this source", {
      field: "source",
    })
  }
  const total = { accepted: 0, repeated: 0, deadLettered: 0 }
  for (let i = 0; i < messages.length; i += AT_ONCE) {
    const part = await receiveSome(core, scope, translator, messages.slice(i, i + AT_ONCE))
    for (const outcome of ["accepted", "repeated", "deadLettered"] as const) total[outcome] += part[outcome]
  }
  return total
}

/** A message with what it came to. */
interface Translated {
  readonly row: MessageRow
  readonly statements: readonly Statement[]
}

async function receiveSome(
  core: Platform,
  scope: MessageScope,
  translator: MessageTranslator,
  messages: readonly unknown[],
): Promise<ReceivedMessages> {
  const { source, tenantId = PLATFORM } = scope
  const parsed = messages.map((message) => readMessage(core, message))
  const known = await core.store.rows<{ messageId: string }>(
    acceptedMessages(
      tenantId,
      source,
      parsed.map(({ message }) => message.id),
    ),
  )
  const seen = new Set(known.map(({ messageId }) => messageId))
  const fresh = parsed.filter(({ message }) => !seen.has(message.id) && seen.add(message.id))
  const translated = fresh.map((one) => translate(core, scope, translator, one))
  const rows = await writeAll(core, scope, translated)
  const accepted = rows.filter(({ state }) => state === "accepted").length
  return { accepted, repeated: parsed.length - fresh.length, deadLettered: rows.length - accepted }
}

interface Parsed {
  readonly message: QueueMessage
  readonly error?: CoreError
}

function readMessage(core: Platform, delivered: unknown): Parsed {
  const message = v.safeParse(messageSchema, delivered)
  if (message.success) return { message: message.output }
  const id = v.safeParse(v.object({ id: v.pipe(v.string(), v.minLength(1)) }), delivered)
  return {
    message: { id: id.success ? id.output.id : core.runtime.newId(), attributes: {}, body: asText(delivered) },
    error: new CoreError("input.invalid", "Cannot read the message: it has not the shape of one", {
      field: v.getDotPath(message.issues[0]) ?? "message",
    }),
  }
}

function asText(delivered: unknown): string {
  try {
    return JSON.stringify(delivered) ?? String(delivered)
  } catch {
    return String(delivered)
  }
}

function translate(
  core: Platform,
  { source, tenantId }: MessageScope,
  translator: MessageTranslator,
  { message, error }: Parsed,
): Translated {
  try {
    if (error) throw error
    const requests = translator.translate(message)
    const base = [tenantId ?? PLATFORM, source, message.id].join("/")
    const named = requests.map((request, i) => ({ id: i === 0 ? base : `${base}/${i}`, ...request }))
    const isForeign = named.some((request) => tenantId !== undefined && request.tenantId !== tenantId)
    if (isForeign) {
      throw new CoreError("input.invalid", "Cannot take the message in: it asks for another tenant's jobs", {
        field: "tenantId",
      })
    }
    return { row: rowOf(core, message), statements: enqueueJobs(core.runtime, named) }
  } catch (cause) {
    return { row: rowOf(core, message, cause), statements: [] }
  }
}

function rowOf(core: Platform, message: QueueMessage, error?: unknown): MessageRow {
  const row = { id: core.runtime.newId(), messageId: message.id, message: JSON.stringify(message) }
  const accepted: MessageRow = { ...row, state: "accepted", errorCode: null, errorField: null, errorMessage: null }
  return error === undefined ? accepted : deadRow(accepted, error)
}

function deadRow(row: MessageRow, error: unknown): MessageRow {
  const { code, field, message } = failureOf(error)
  return { ...row, state: "dead", errorCode: code, errorField: field ?? null, errorMessage: message }
}

/** Writes messages and their jobs in one unit, or, where one of them spoils it, each in its own. */
async function writeAll(
  core: Platform,
  { source, tenantId = PLATFORM }: MessageScope,
  translated: readonly Translated[],
): Promise<readonly MessageRow[]> {
  const write = async (part: readonly Translated[]): Promise<readonly MessageRow[]> => {
    const rows = part.map(({ row }) => row)
    await core.store.unit({ name: "jobs.receive" }, [
      upsertMessages(tenantId, source, rows, core.runtime.clock.now()),
      ...part.flatMap(({ statements }) => statements),
    ])
    return rows
  }
  if (translated.length === 0) return []
  try {
    return await write(translated)
  } catch (error) {
    if (!isOwnFault(error)) throw error
  }
  const rows: MessageRow[] = []
  for (const one of translated) {
    const own = write([one]).catch((error: unknown) => {
      if (!isOwnFault(error)) throw error
      return write([{ row: deadRow(one.row, error), statements: [] }])
    })
    rows.push(...(await own))
  }
  return rows
}

/** Whether a message may be what failed. Else the queue delivers it again. */
function isOwnFault(error: unknown): boolean {
  return !isCoreError(error) || (!error.retryable && error.code !== "store.closed")
}
