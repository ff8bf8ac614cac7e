import * as v from "valibot"
import { CoreError } from "../../errors/mod.ts"
import type { Statement } from "../../store/mod.ts"
import { getTenant } from "../../tenancy/mod.ts"
import type { Deliverer, Delivery } from "../deliverer.ts"
import { exchange, requireSuccess } from "../exchange.ts"
import { outboundUrl, timeoutMs, withSettings } from "../settings.ts"
import { recordProgress, selectProgress } from "../statements.ts"
import { keyNameOf } from "./key-name.ts"
import {
  type AmopSessionMessage,
  type AmopSyncMessage,
  errorMessage,
  progressMessage,
  syncMessage,
} from "./messages.ts"

/** Where AMOP 2.0 is. */
export interface AmopSettings {
  /** Takes progress and errors of sessions. */
  readonly url: string
  /** Takes completed syncs. @default `url` */
  readonly syncUrl?: string
  /** Sent with every message, for example `{ "x-api-key": "…" }`. */
  readonly headers?: Readonly<Record<string, string>>
  /** @default 15000 */
  readonly timeoutMs?: number
}

const settings: v.GenericSchema<unknown, AmopSettings> = v.object({
  url: outboundUrl,
  syncUrl: v.exactOptional(outboundUrl),
  headers: v.exactOptional(v.record(v.string(), v.string())),
  timeoutMs,
})

/**
 * Tells AMOP 2.0 of the progress and the errors of sessions, and of completed syncs. Progress is never reported backwards,
 * and what was answered is not reported again; a message whose answer was lost is.
 *
 * @param platformSettings For every tenant without settings of its own. @default off
 */
export function amopDeliverer(platformSettings?: AmopSettings): Deliverer {
  return withSettings<AmopSettings>({
    name: "amop",
    takes: ["sync.summary", "optimization.progress", "optimization.completed"],
    settings,
    platformSettings,
    deliver,
  })
}

async function deliver(delivery: Delivery, amop: AmopSettings): Promise<readonly Statement[]> {
  const { event, tenantId, store } = delivery
  if (event.type === "sync.summary") {
    const keyName = keyNameOf(event.integrationType)
    // A carrier that AMOP 2.0 does not know: there is nothing to tell it.
    if (keyName === undefined) return []
    const tenant = await getTenant(delivery, tenantId)
    await post(delivery, amop, amop.syncUrl ?? amop.url, syncMessage(keyName, tenant))
    return []
  }
  if (event.type !== "optimization.progress" && event.type !== "optimization.completed") return []
  const last = await store.read((db) => selectProgress(db, tenantId, event.sessionId))
  if (event.type === "optimization.progress") {
    if (event.progress <= last) return []
    await post(delivery, amop, amop.url, progressMessage(tenantId, event))
    return [recordProgress(tenantId, event.sessionId, event.progress)]
  }
  if (event.status === "CompleteWithErrors") {
    await post(delivery, amop, amop.url, errorMessage(tenantId, event, Math.max(0, last)))
  }
  return []
}

async function post(
  delivery: Delivery,
  amop: AmopSettings,
  url: string,
  message: AmopSessionMessage | AmopSyncMessage,
): Promise<void> {
  const reply = await exchange(delivery, {
    receiver: "AMOP 2.0",
    url,
    headers: {
      ...amop.headers,
      "content-type": "application/json",
      accept: "application/json",
      // The same in every attempt, so that whoever stands in front of AMOP 2.0 can tell a copy whose answer was lost.
      "idempotency-key": delivery.eventId,
    },
    body: JSON.stringify(message),
    timeoutMs: amop.timeoutMs ?? 15_000,
  })
  requireSuccess("AMOP 2.0", reply, delivery.runtime.clock.now())
  // Its own failures come with status 200 and a flag, sometimes as JSON within JSON.
  if (/"flag\\?"\s*:\s*false/.test(reply.text)) {
    throw new CoreError("notification.unavailable", "Cannot tell AMOP 2.0: it answered that it failed")
  }
}
