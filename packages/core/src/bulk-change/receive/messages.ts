import * as v from "valibot"
import { CoreError } from "../../errors/mod.ts"
import {
  handleJob,
  type JobHandler,
  type JobRequest,
  type JobType,
  type MessageTranslator,
  type QueueMessage,
} from "../../jobs/mod.ts"
import type { CustomerSystem } from "../../ports/mod.ts"
import { getBulkChange } from "../queries.ts"
import { type BulkChangeCore, receiveBulkChange } from "./receive-bulk-change.ts"
import { laneJobs, recheckUnknown, retryBulkChange } from "../retry-bulk-change.ts"

interface MessagePayload {
  /** What the sender calls its request: the bulk change that it made is found by it. */
  readonly requestId: string | null
  /** The bulk change to go on with; `null` where the message brings a request. */
  readonly bulkChangeId: string | null
  /** 1 or more: what failed is tried again. */
  readonly retryNumber: number
  /** Whether what is open at the carrier is to be looked for again. */
  readonly isRecheck: boolean
  /** Whether an automated status update asks: a deactivation then keeps the rate plan. */
  readonly isAutomated: boolean
  /** A bulk change in the documented shape, as JSON. */
  readonly request: string | null
}

const payload: v.GenericSchema<unknown, MessagePayload> = v.object({
  requestId: v.nullable(v.string()),
  bulkChangeId: v.nullable(v.string()),
  retryNumber: v.pipe(v.number(), v.integer(), v.minValue(0)),
  isRecheck: v.boolean(),
  isAutomated: v.boolean(),
  request: v.nullable(v.string()),
})

/** Does what a message asks for. */
const RECEIVE_BULK_CHANGE: JobType<MessagePayload> = {
  type: "bulk-change.receive",
  queue: "bulk-change",
  payload,
  maxAttempts: 5,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 60_000 },
  leaseMs: 60_000,
}

/**
 * Reads the messages that ask for bulk changes: the attributes `TenantId` and `BulkChangeId`, and if they are there
 * `RequestId`, `RetryNumber`, `IsRetryUpdateIdentifier`, `IsRetryNewActivateThingSpaceDevice` and
 * `IsFromAutomatedUpdateDeviceStatusLambda`. A message without a `BulkChangeId` brings the request in its body.
 */
export const bulkChangeMessages: MessageTranslator = {
  name: "bulk-change",
  translate(message) {
    const tenantId = attribute(message, "TenantId")
    if (tenantId === undefined) throw missing("TenantId")
    const bulkChangeId = attribute(message, "BulkChangeId") ?? null
    const body = message.body.trim()
    const hasRequest = bulkChangeId === null
    if (hasRequest && !body.startsWith("{")) throw missing("BulkChangeId")
    const asked: MessagePayload = {
      requestId: attribute(message, "RequestId") ?? (hasRequest ? message.id : null),
      bulkChangeId,
      retryNumber: numberOf(message, "RetryNumber"),
      isRecheck: isSet(message, "IsRetryUpdateIdentifier") || isSet(message, "IsRetryNewActivateThingSpaceDevice"),
      isAutomated: isSet(message, "IsFromAutomatedUpdateDeviceStatusLambda"),
      request: hasRequest ? body : null,
    }
    return [{ type: RECEIVE_BULK_CHANGE as JobRequest["type"], tenantId, payload: asked }]
  },
}

/** An attribute by its name in any case; `undefined` where it is blank. */
function attribute({ attributes }: QueueMessage, name: string): string | undefined {
  const found = Object.entries(attributes).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  return found === undefined || found.trim() === "" ? undefined : found.trim()
}

const isSet = (message: QueueMessage, name: string) => attribute(message, name)?.toLowerCase() === "true"

function numberOf(message: QueueMessage, name: string): number {
  const text = attribute(message, name) ?? "0"
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new CoreError("input.invalid", `Cannot read the message: ${name} is no whole number`, { field: name })
}

function missing(field: string): CoreError {
  return new CoreError("input.invalid", `Cannot read the message: ${field} is missing`, { field })
}

/** The handler of what messages ask for. A message approves nothing: a plan that waits for its approval goes on waiting. */
export function bulkChangeMessageHandler(
  carrierFor: BulkChangeCore["carrierFor"],
  customerSystemFor?: (tenantId: string) => Promise<CustomerSystem | undefined>,
): JobHandler {
  return handleJob(RECEIVE_BULK_CHANGE, async (asked, context) => {
    const { tenantId } = context
    const core: BulkChangeCore = { store: context.store, runtime: context.runtime, carrierFor }
    const requestedBy = "message"
    const { requestId, bulkChangeId, isAutomated } = asked
    if (asked.request !== null && requestId !== null) {
      const request = parseJson(asked.request)
      const customerSystem = await customerSystemFor?.(tenantId)
      const asker = { tenantId, createdBy: requestedBy, role: "operator" } as const
      await receiveBulkChange(core, { ...asker, request, requestId, isAutomated, customerSystem })
      return {}
    }
    const key = { tenantId, id: bulkChangeId ?? "" }
    const change = await getBulkChange(core, tenantId, key.id)
    if (asked.isRecheck) await recheckUnknown(core, { ...key, requestedBy })
    else if (asked.retryNumber > 0 && change.state === "done") await retryBulkChange(core, { ...key, requestedBy })
    else if (change.state === "approved" || change.state === "processing" || change.state === "cancelling") {
      const now = context.runtime.clock.now()
      const isDue = change.effectiveAt === null || change.effectiveAt <= now
      return isDue ? { statements: await laneJobs(core, key, now, "message") } : {}
    }
    return {}
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CoreError("input.invalid", "Cannot read the message: its body is no JSON", { field: "body" })
  }
}
