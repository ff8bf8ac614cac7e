import type { Platform } from "../store/mod.ts"
import type { DeadMessage, MessageHost, QueueMessage, ReceivedMessages } from "./message.ts"
import { deadMessages, type DeadMessageRow } from "./message-statements.ts"
import { PLATFORM, receiveMessages } from "./receive-messages.ts"

/** Which dead messages; all that is given must fit. */
export interface DeadMessageFilter {
  /** At whose door they came in. @default the platform's own */
  readonly tenantId?: string
  readonly source?: string
  /** As {@link listDeadMessages} gives them. */
  readonly ids?: readonly string[]
  /** Id of the last message of the page before. */
  readonly after?: string
  /** @default 100 */
  readonly limit?: number
}

/** Messages that could not be turned into jobs, in the order in which they came, with the reason. */
export async function listDeadMessages(
  core: Platform,
  filter: DeadMessageFilter = {},
): Promise<readonly DeadMessage[]> {
  const { tenantId = PLATFORM, source, ids, after = "", limit = 100 } = filter
  const rows = await core.store.rows<DeadMessageRow>(deadMessages(tenantId, { source, ids, after, limit }))
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    message: JSON.parse(row.message) as QueueMessage,
    reason: { code: row.errorCode ?? "", message: row.errorMessage ?? "", field: row.errorField },
    attempts: row.attempts,
    receivedAt: row.receivedAt,
  }))
}

/**
 * Takes dead messages in again, after what kept them out was mended. Those that still make no jobs stay, with the new
 * reason, as do those of a source that nobody reads any more.
 */
export async function replayDeadMessages(core: MessageHost, filter: DeadMessageFilter = {}): Promise<ReceivedMessages> {
  const dead = await listDeadMessages(core, filter)
  const total = { accepted: 0, repeated: 0, deadLettered: 0 }
  for (const source of new Set(dead.map((one) => one.source))) {
    const messages = dead.filter((one) => one.source === source).map(({ message }) => message)
    if (!core.translators.some(({ name }) => name === source)) {
      total.deadLettered += messages.length
      continue
    }
    const part = await receiveMessages(core, { source, tenantId: filter.tenantId }, messages)
    for (const outcome of ["accepted", "repeated", "deadLettered"] as const) total[outcome] += part[outcome]
  }
  return total
}
