/** The one account of a simulated carrier; a string in answers, as the carrier sends it. */
export const ACCOUNT_ID = "100000001"

/** Its name. */
export const ACCOUNT_NAME = "Example Connectivity"

/** The operator that sells to it. */
export const OPERATOR = { operatorName: "Example Mobile", operatorId: "9001" } as const
