import type { ChangeType } from "../../ports/mod.ts"

/** What a request's number means. The documents number the types in three ways, so it is data: the code is the key. */
export type ChangeTypeIds = Readonly<Record<number, ChangeType>>

/** The numbers of the portal. */
export const DEFAULT_CHANGE_TYPE_IDS: ChangeTypeIds = {
  1: "StatusUpdate",
  2: "CarrierRatePlanChange",
  3: "CustomerRatePlanChange",
  4: "CustomerAssignment",
  5: "Archival",
  6: "ActivateNewService",
  7: "CreateRevService",
  8: "ChangeIccidImei",
  9: "EditUsername",
}

const CODES: Readonly<Record<string, ChangeType>> = Object.fromEntries(
  Object.values(DEFAULT_CHANGE_TYPE_IDS).map((code) => [code.toLowerCase(), code]),
)

/**
 * The change type of a request, by its code in any case (`ChangeICCID/IMEI` too) or its number, or `undefined`. A request
 * of type 4 that carries a customer rate plan is a customer rate plan change, as the documents print it.
 */
export function changeTypeOf(
  asked: string | number,
  ids: ChangeTypeIds,
  hasCustomerRatePlan: boolean,
): ChangeType | undefined {
  const text = String(asked).trim()
  const byNumber = /^\d{1,3}$/.test(text) ? ids[Number(text)] : undefined
  if (Number(text) === 4 && hasCustomerRatePlan) return "CustomerRatePlanChange"
  return byNumber ?? CODES[text.toLowerCase().replaceAll(/[^a-z]/g, "")]
}
