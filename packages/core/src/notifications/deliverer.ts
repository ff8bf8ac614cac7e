import type { Platform, Statement } from "../store/mod.ts"
import type { SealingKey } from "../tenancy/mod.ts"
import type { NotificationEvent, NotificationType } from "./event.ts"

/** What deliverers work with: settings are sealed at rest. */
export interface NotificationPlatform extends Platform {
  readonly sealingKey: SealingKey
}

/** One event on its way to one receiver. */
export interface Delivery extends NotificationPlatform {
  readonly tenantId: string
  readonly event: NotificationEvent
  /** The same in every attempt: what the receiver knows a repeated delivery by. */
  readonly eventId: string
  readonly receiver: string
  readonly signal: AbortSignal
}

/** Who a deliverer would tell. */
export type Receivers =
  | { readonly state: "on"; readonly receivers: readonly string[] }
  /** Not an error: nobody has set it up. */
  | { readonly state: "off"; readonly reason: string }

/** A way of telling others. Each delivery is retried by itself; what one deliverer delivered is not sent again for another. */
export interface Deliverer {
  readonly name: string
  readonly takes: readonly NotificationType[]
  /** Who is to be told of the tenant's events, or those of one type, as things are set up now. One without a name is `""`. */
  receiversOf(core: NotificationPlatform, tenantId: string, type?: NotificationType): Promise<Receivers>
  /**
   * Tells one receiver, once. What it returns is written together with the note that it was delivered.
   *
   * @throws {CoreError} `notification.unavailable` where another attempt can help, also where the answer was lost;
   *   `notification.refused` where it cannot.
   */
  deliver(delivery: Delivery): Promise<readonly Statement[]>
  /**
   * The settings in their checked form, for deliverers that keep them per tenant.
   *
   * @throws {CoreError} `input.invalid` with the field.
   */
  checkSettings?(settings: unknown): unknown
}

/** A deliverer as an operator sees it. */
export interface DelivererState {
  readonly name: string
  readonly state: "on" | "off"
  /** Why it is off. */
  readonly reason: string | null
  readonly takes: readonly NotificationType[]
}

/** Which deliverers tell anyone of a tenant's events. One that is not set up is off, which is no error. */
export async function listDeliverers(
  core: NotificationPlatform & { readonly deliverers: readonly Deliverer[] },
  tenantId: string,
): Promise<readonly DelivererState[]> {
  return Promise.all(
    core.deliverers.map(async (deliverer) => {
      const found = await deliverer.receiversOf(core, tenantId)
      const reason = found.state === "off" ? found.reason : found.receivers.length === 0 ? "it has no receivers" : null
      return { name: deliverer.name, state: reason === null ? "on" : "off", reason, takes: deliverer.takes }
    }),
  )
}
