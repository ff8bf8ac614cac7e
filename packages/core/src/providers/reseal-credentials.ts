import { isCoreError } from "../errors/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import { resealSecret, type SealingKey } from "../tenancy/mod.ts"
import { keyContext } from "./key-context.ts"
import { replaceSealedApiKey, type SealedApiKey, sealedOtherwise } from "./sealed-statements.ts"

// A page is opened, sealed and written in some milliseconds.
const PAGE = 100

/**
 * Seals all credentials anew with the sealing key, of all tenants, where a key that it replaced sealed them. Works page by
 * page beside readers and writers, which open both; can be stopped at any moment, and goes on when called again.
 *
 * @returns How many were sealed anew, and how many no known key opens: those stay as they are, and a retired key must be
 *   kept until there is none.
 */
export async function resealCredentials(
  core: Platform,
  sealingKey: SealingKey,
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ readonly resealed: number; readonly unreadable: number }> {
  let resealed = 0
  let unreadable = 0
  let after = { tenantId: "", serviceProviderId: "", authentication: "" }
  for (;;) {
    options.signal?.throwIfAborted()
    const from = after
    const page = await core.store.rows<SealedApiKey>(sealedOtherwise(sealingKey.id, from, PAGE))
    const statements = await Promise.all(page.map((row) => reseal(sealingKey, row)))
    const writes = statements.filter((statement) => statement !== undefined)
    await core.store.unit({ name: "providers.reseal" }, writes)
    resealed += writes.length
    unreadable += page.length - writes.length
    const last = page.at(-1)
    if (!last || page.length < PAGE) return { resealed, unreadable }
    after = last
  }
}

async function reseal(sealingKey: SealingKey, row: SealedApiKey): Promise<Statement | undefined> {
  try {
    const sealed = await resealSecret(
      sealingKey,
      row.sealed,
      keyContext(row.tenantId, row.serviceProviderId, row.authentication),
    )
    return sealed === undefined ? undefined : replaceSealedApiKey(row, sealed)
  } catch (error) {
    if (isCoreError(error, "secret.unreadable")) return undefined
    throw error
  }
}
