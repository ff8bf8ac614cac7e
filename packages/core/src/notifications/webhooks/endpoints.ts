import { CoreError } from "../../errors/mod.ts"
import { openSecret, sealSecret } from "../../tenancy/mod.ts"
import type { NotificationPlatform } from "../deliverer.ts"
import { NOTIFICATION_TYPES, type NotificationType } from "../event.ts"
import { secureRandomBytes } from "../ports.ts"
import { endpointContext } from "../secret-contexts.ts"
import {
  deleteEndpoint,
  insertEndpoint,
  rotateSecret,
  selectEndpoints,
  setEndpointDisabled,
  type WebhookEndpointRow,
} from "../statements.ts"
import { type AddressPolicy, addressFault } from "./address-policy.ts"
import { secretText } from "./signature.ts"

/** Where a tenant wants its events posted. */
export interface WebhookEndpoint {
  readonly id: string
  /** Without its query, which can hold a token. */
  readonly url: string
  /** Event types; empty = all but `device.changed`. */
  readonly types: readonly NotificationType[]
  readonly createdAt: number
  /** Since when nothing is sent, or `null`: an operator, or the endpoint itself by answering 410, said so. */
  readonly disabledAt: number | null
  /** Until when deliveries are signed with the secret before, too. */
  readonly previousSecretUntil: number | null
}

const DAY_MS = 86_400_000

/**
 * Adds an endpoint.
 *
 * @returns Its id, and its signing secret, which is shown here only.
 * @throws {CoreError} `input.invalid` with the field, for an address that is not allowed or an unknown event type.
 */
export async function createWebhookEndpoint(
  core: NotificationPlatform,
  request: { readonly tenantId: string; readonly url: string; readonly types?: readonly NotificationType[] },
  policy: AddressPolicy = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const { tenantId, url, types = [] } = request
  const fault = await addressFault(url, policy)
  if (fault) throw new CoreError("input.invalid", `Cannot add the endpoint: ${fault}`, { field: "url" })
  const unknown = types.find((type) => !NOTIFICATION_TYPES.includes(type))
  if (unknown !== undefined) {
    throw new CoreError("input.invalid", "Cannot add the endpoint: there is no such event type", { field: "types" })
  }
  const id = core.runtime.newId()
  const secret = secretText(secureRandomBytes(32))
  await core.store.unit({ name: "notifications.add-endpoint" }, [
    insertEndpoint({
      tenantId,
      id,
      sealedUrl: await sealSecret(core.sealingKey, url, endpointContext(tenantId, id, "url")),
      types: JSON.stringify(types),
      secret: await sealSecret(core.sealingKey, secret, endpointContext(tenantId, id, "secret")),
      previousSecret: null,
      previousUntil: null,
      createdAt: core.runtime.clock.now(),
      disabledAt: null,
    }),
  ])
  return { id, secret }
}

/** The endpoints of a tenant, oldest first, without their secrets. */
export async function listWebhookEndpoints(
  core: NotificationPlatform,
  tenantId: string,
): Promise<readonly WebhookEndpoint[]> {
  const rows = await core.store.read((db) => selectEndpoints(db, tenantId))
  return Promise.all(
    rows.map(async (row) => {
      const url = new URL(await openSecret(core.sealingKey, row.sealedUrl, endpointContext(tenantId, row.id, "url")))
      return {
        id: row.id,
        url: url.origin + url.pathname,
        types: JSON.parse(row.types) as NotificationType[],
        createdAt: row.createdAt,
        disabledAt: row.disabledAt,
        previousSecretUntil: row.previousUntil,
      }
    }),
  )
}

/**
 * Gives an endpoint a new signing secret. Deliveries are signed with both for a while, so that the receiver has time to
 * take it up.
 *
 * @param options `overlapMs`: how long the old one is used too. @default a day
 * @returns The new secret, which is shown here only.
 * @throws {CoreError} `input.not_found` if the tenant has no such endpoint, or its secret was replaced meanwhile.
 */
export async function rotateWebhookSecret(
  core: NotificationPlatform,
  tenantId: string,
  id: string,
  options: { readonly overlapMs?: number } = {},
): Promise<{ readonly secret: string }> {
  const [row] = await core.store.read((db) => selectEndpoints(db, tenantId, id))
  if (!row) throw notFound()
  const secret = secretText(secureRandomBytes(32))
  const sealed = await sealSecret(core.sealingKey, secret, endpointContext(tenantId, id, "secret"))
  const until = core.runtime.clock.now() + (options.overlapMs ?? DAY_MS)
  await core.store.unit({ name: "notifications.rotate-secret" }, [rotateSecret(row, sealed, until)])
  const [after] = await core.store.read((db) => selectEndpoints(db, tenantId, id))
  if (after?.secret !== sealed) throw notFound()
  return { secret }
}

/** @throws {CoreError} `input.not_found` if the tenant has no such endpoint. */
export async function setWebhookEndpointEnabled(
  core: NotificationPlatform,
  tenantId: string,
  id: string,
  isEnabled: boolean,
): Promise<void> {
  const disabledAt = isEnabled ? null : core.runtime.clock.now()
  const [rows] = await core.store.unit({ name: "notifications.set-endpoint" }, [
    setEndpointDisabled(tenantId, id, disabledAt),
  ])
  if (rows?.length !== 1) throw notFound()
}

/** Removes an endpoint, with what is underway to it. One that is gone already is left gone. */
export async function deleteWebhookEndpoint(core: NotificationPlatform, tenantId: string, id: string): Promise<void> {
  await core.store.unit({ name: "notifications.delete-endpoint" }, [deleteEndpoint(tenantId, id)])
}

/** What a delivery needs of its endpoint; the newest secret first. */
export async function openEndpoint(
  core: NotificationPlatform,
  row: WebhookEndpointRow,
): Promise<{ readonly url: string; readonly secrets: readonly string[] }> {
  const { tenantId, id } = row
  const hasPrevious = row.previousSecret !== null && (row.previousUntil ?? 0) > core.runtime.clock.now()
  const sealed = [row.secret, ...(hasPrevious ? [row.previousSecret ?? ""] : [])]
  return {
    url: await openSecret(core.sealingKey, row.sealedUrl, endpointContext(tenantId, id, "url")),
    secrets: await Promise.all(
      sealed.map((one) => openSecret(core.sealingKey, one, endpointContext(tenantId, id, "secret"))),
    ),
  }
}

function notFound(): CoreError {
  return new CoreError("input.not_found", "Cannot find the webhook endpoint", { field: "id" })
}
