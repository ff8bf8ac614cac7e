import { isJasperError, type JasperClient } from "@altaworx/jasper-client"
import type { ChangeIntent } from "../../ports/mod.ts"

/**
 * Whether the audit trail of a device has nothing against an edit of its fields: of each value that is asked for, the
 * newest entry is completed. A value without an entry was there before. What the entries call a field is not documented,
 * so they are known by their values; accounts without an audit trail have nothing against anything.
 */
export async function isCompleted(
  client: JasperClient,
  intent: Extract<ChangeIntent, { readonly changeType: "EditUsername" }>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  const wanted = new Set(Object.values(intent.fields))
  try {
    for await (const { value, status } of client.devices.auditTrail(intent.carrierDeviceId, {
      daysOfHistory: 1,
      ...options,
    })) {
      if (value === null || !wanted.has(value)) continue
      if (status !== null && status.toLowerCase() !== "completed") return false
      wanted.delete(value)
      if (wanted.size === 0) return true
    }
  } catch (error) {
    if (isJasperError(error, "auth.forbidden")) return true
    throw error
  }
  return true
}
