import type { Platform, Statement } from "../store/mod.ts"
import { endSettlement, nextSettlement, settleDevices, settleUsage } from "./settlement-statements.ts"

/**
 * The statements that settle the next chunk of a published sync run: its rows become the devices' own, what they replace
 * becomes history. Readers see the same before and after.
 *
 * @param size Devices, and rows of usage, of one chunk.
 * @returns `undefined` when all is settled.
 */
export async function findSettlement(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  size: number,
): Promise<readonly Statement[] | undefined> {
  const [next] = await core.store.rows<{
    syncRunId: string
    lastDevice: string | null
    lastUsage: string | null
  }>(nextSettlement(scope.tenantId, scope.serviceProviderId, size))
  if (!next) return undefined
  const run = { tenantId: scope.tenantId, serviceProviderId: scope.serviceProviderId, syncRunId: next.syncRunId }
  if (next.lastDevice !== null) return settleDevices(run, next.lastDevice)
  if (next.lastUsage !== null) return settleUsage(run, next.lastUsage)
  return [endSettlement(run)]
}
