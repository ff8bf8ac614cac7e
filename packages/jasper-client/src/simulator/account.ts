/** The one account of a simulated carrier; a string in answers, as the carrier sends it. */
export const ACCOUNT_ID = "100000001"

/** Its name. */
export const ACCOUNT_NAME = "Example Connectivity"

/** The operator that sells to it. */
export const OPERATOR = { operatorName: "Example Mobile", operatorId: "9001" } as const

/** Its own customers, to whom SIMs can be assigned. */
export const CUSTOMERS: readonly { readonly customerId: string; readonly name: string }[] = [
  { customerId: "300000001", name: "Example Water" },
  { customerId: "300000002", name: "Example Freight" },
]
