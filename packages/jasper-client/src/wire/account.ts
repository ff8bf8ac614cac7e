import * as v from "valibot"
import { flag, idText, text } from "./field.ts"

/** One account, as far as it is documented. */
export interface Account {
  readonly accountId: string
  readonly accountName: string | null
  readonly type: string | null
  readonly status: string | null
  readonly currency: string | null
  readonly operatorAccountId: string | null
  readonly taxId: string | null
  readonly defaultCommPlan: string | null
  readonly defaultRatePlanId: string | null
  readonly defaultRatePlanName: string | null
}

/** One page of accounts. */
export interface AccountPage {
  readonly rows: readonly Account[]
  readonly lastPage: boolean | undefined
}

/** One account. */
export function accountSchema(): v.GenericSchema<unknown, Account> {
  return v.pipe(
    v.looseObject({
      accountId: idText(),
      accountName: text(),
      type: text(),
      status: text(),
      currency: text(),
      operatorAccountId: idText(),
      taxId: idText(),
      commPlanDetails: v.nullish(v.looseObject({ defaultCommPlan: text() })),
      defaultRatePlan: v.nullish(v.looseObject({ defaultRatePlanId: idText(), defaultRatePlanName: text() })),
    }),
    v.check((wire) => wire.accountId !== null, "an account with its accountId"),
    v.transform(
      (wire): Account => ({
        accountId: wire.accountId ?? "",
        accountName: wire.accountName,
        type: wire.type,
        status: wire.status,
        currency: wire.currency,
        operatorAccountId: wire.operatorAccountId,
        taxId: wire.taxId,
        defaultCommPlan: wire.commPlanDetails?.defaultCommPlan ?? null,
        defaultRatePlanId: wire.defaultRatePlan?.defaultRatePlanId ?? null,
        defaultRatePlanName: wire.defaultRatePlan?.defaultRatePlanName ?? null,
      }),
    ),
  )
}

/** A page of accounts. */
export function accountPageSchema(): v.GenericSchema<unknown, AccountPage> {
  return v.pipe(
    v.looseObject({ accounts: v.array(accountSchema()), lastPage: flag() }),
    v.transform((wire): AccountPage => ({ rows: wire.accounts, lastPage: wire.lastPage ?? undefined })),
  )
}
