import { CoreError } from "../../errors/mod.ts"
import type { Statement } from "../../store/mod.ts"
import type { Deliverer, Delivery } from "../deliverer.ts"
import { sha256, toHex } from "../encoding.ts"
import { NOTIFICATION_TYPES } from "../event.ts"
import { exchange, requireSuccess } from "../exchange.ts"
import { selectEndpoints, setEndpointDisabled } from "../statements.ts"
import { type AddressPolicy, addressFault } from "./address-policy.ts"
import { openEndpoint } from "./endpoints.ts"
import { signWebhook } from "./signature.ts"

export interface WebhookOptions extends AddressPolicy {
  /** @default 15000 */
  readonly timeoutMs?: number
}

/**
 * Posts events to the endpoints of a tenant, signed by the Standard Webhooks scheme. Each endpoint is retried by itself;
 * every attempt has the same `webhook-id`. Redirects are not followed, and 410 switches the endpoint off.
 */
export function webhookDeliverer(options: WebhookOptions = {}): Deliverer {
  return {
    name: "webhooks",
    takes: NOTIFICATION_TYPES,
    async receiversOf(core, tenantId, type) {
      const rows = await core.store.read((db) => selectEndpoints(db, tenantId))
      const active = rows.filter(({ disabledAt }) => disabledAt === null)
      if (active.length === 0) return { state: "off", reason: "there are no endpoints" }
      const wants = (types: readonly string[]) =>
        type === undefined || (types.length === 0 ? type !== "device.changed" : types.includes(type))
      return {
        state: "on",
        receivers: active.filter((row) => wants(JSON.parse(row.types) as string[])).map(({ id }) => id),
      }
    },
    deliver: (delivery) => deliver(delivery, options),
  }
}

async function deliver(delivery: Delivery, options: WebhookOptions): Promise<readonly Statement[]> {
  const { tenantId, receiver, runtime } = delivery
  const [row] = await delivery.store.read((db) => selectEndpoints(db, tenantId, receiver))
  if (!row) return []
  const { url, secrets } = await openEndpoint(delivery, row)
  // A name can lead elsewhere today than when the endpoint was added.
  const fault = await addressFault(url, options)
  if (fault) throw new CoreError("notification.refused", `Cannot tell the webhook endpoint: ${fault}`)

  const { type, occurredAt, ...data } = delivery.event
  const body = JSON.stringify({ type, timestamp: new Date(occurredAt).toISOString(), data })
  const id = `msg_${toHex(await sha256(JSON.stringify([tenantId, delivery.eventId]))).slice(0, 32)}`
  const timestamp = Math.floor(runtime.clock.now() / 1_000)
  const reply = await exchange(delivery, {
    receiver: "the webhook endpoint",
    url,
    headers: {
      "content-type": "application/json",
      "user-agent": "altaworx-webhooks",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await signWebhook(secrets, id, timestamp, body),
    },
    body,
    timeoutMs: options.timeoutMs ?? 15_000,
  })
  if (reply.status === 410) return [setEndpointDisabled(tenantId, receiver, runtime.clock.now())]
  requireSuccess("the webhook endpoint", reply, runtime.clock.now())
  return []
}
