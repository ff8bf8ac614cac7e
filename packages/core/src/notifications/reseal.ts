import { isCoreError } from "../errors/mod.ts"
import type { Statement } from "../store/mod.ts"
import { resealSecret, type SecretContext } from "../tenancy/mod.ts"
import type { NotificationPlatform } from "./deliverer.ts"
import { replaceSealed, type SealedCell, sealedOtherwise } from "./sealed-statements.ts"
import { endpointContext, settingContext } from "./secret-contexts.ts"

// A page is opened, sealed and written in some milliseconds.
const PAGE = 100

/**
 * Seals settings and endpoints of all tenants anew with the sealing key, where a key that it replaced sealed them. Works
 * page by page beside deliveries, can be stopped at any moment, and goes on when called again.
 *
 * @returns How many values were sealed anew, and how many no known key opens: those stay as they are, and a retired key
 *   must be kept until there is none.
 */
export async function resealNotificationSecrets(
  core: NotificationPlatform,
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ readonly resealed: number; readonly unreadable: number }> {
  let resealed = 0
  let unreadable = 0
  for (;;) {
    options.signal?.throwIfAborted()
    const page = await core.store.rows<SealedCell>(
      sealedOtherwise(core.sealingKey.id, { limit: PAGE, offset: unreadable }),
    )
    const statements = await Promise.all(page.map((cell) => reseal(core, cell)))
    const writes = statements.filter((statement) => statement !== undefined)
    if (writes.length > 0) await core.store.unit({ name: "notifications.reseal" }, writes)
    resealed += writes.length
    unreadable += page.length - writes.length
    if (page.length < PAGE) return { resealed, unreadable }
  }
}

async function reseal(core: NotificationPlatform, cell: SealedCell): Promise<Statement | undefined> {
  try {
    const sealed = await resealSecret(core.sealingKey, cell.sealed, contextOf(cell))
    return sealed === undefined ? undefined : replaceSealed(cell, sealed)
  } catch (error) {
    if (isCoreError(error, "secret.unreadable")) return undefined
    throw error
  }
}

function contextOf({ kind, tenantId, id }: SealedCell): SecretContext {
  if (kind === "setting") return settingContext(tenantId, id)
  return endpointContext(tenantId, id, kind === "url" ? "url" : "secret")
}
