import { answerJson, type SimulatorAnswer } from "./call.ts"

/** The carrier's errors that the simulator answers with: HTTP status and message by code. */
const CARRIER_ERRORS = {
  "10000001": [401, "Invalid credentials"],
  "10000002": [400, "Account ID is required"],
  "10000003": [400, "Date/time is required"],
  "10000004": [400, "Invalid account ID"],
  "10000005": [400, "Invalid SIM status"],
  "10000006": [400, "Invalid page size"],
  "10000007": [400, "Invalid page number"],
  "10000008": [400, "Role may not edit operator custom fields"],
  "10000011": [400, "Required field is missing"],
  "10000012": [400, "Invalid date format"],
  "10000013": [400, "Invalid rate plan"],
  "10000014": [400, "Invalid communication plan"],
  "10000015": [400, "Invalid customer"],
  "10000016": [400, "Invalid overage limit override"],
  "10000017": [400, "Invalid message encoding"],
  "10000018": [400, "Invalid data coding"],
  "10000019": [400, "Invalid validity period"],
  "10000020": [400, "Message text is too long"],
  "10000021": [400, "Invalid ICCID"],
  "10000022": [400, "From date is required"],
  "10000023": [400, "Malformed JSON"],
  "10000024": [400, "Invalid API version"],
  "10000027": [400, "To date is before from date"],
  "10000028": [400, "Unrecognized parameter"],
  "10000029": [400, "SIM may not return to a pre-activation status"],
  "10000031": [400, "Invalid zone"],
  "10000032": [400, "Cycle start date is not one of the last three cycles"],
  "10000045": [400, "modifiedSince is more than one year ago"],
  "10000049": [400, "Days of history exceed 365"],
  "10000079": [400, "Account has no access to this API"],
  "10000602": [400, "Location tracking is not enabled for this device"],
  "10002119": [400, "modifiedSince is in the future"],
  "10030000": [400, "SIM is already activated"],
  "20000001": [404, "Resource not found - Invalid ICCID"],
  "20000002": [404, "Resource not found - Invalid SMS message ID"],
  "20000003": [404, "Resource not found - Invalid account ID"],
  "30000001": [500, "Unknown server error"],
  "30000002": [500, "SMSC hand-over failed"],
  "40000029": [429, "Rate limit exceeded"],
} as const satisfies Record<string, readonly [status: number, message: string]>

/** A code of the carrier's error catalogue. */
export type CarrierErrorCode = keyof typeof CARRIER_ERRORS

/**
 * A refusal, thrown by the endpoints and turned into the carrier's error body once, where the answer is made.
 */
export class CarrierError extends Error {
  override readonly name = "CarrierError"
  readonly code: CarrierErrorCode

  constructor(code: CarrierErrorCode) {
    super(CARRIER_ERRORS[code][1])
    this.code = code
  }
}

/**
 * The carrier's error body for a code.
 *
 * @param status Overrides the catalogue, where sources disagree on the HTTP status.
 */
export function answerError(code: CarrierErrorCode, status?: number): SimulatorAnswer {
  const [usualStatus, errorMessage] = CARRIER_ERRORS[code]
  const answer = answerJson(status ?? usualStatus, { errorMessage, errorCode: code })
  // Seen on a live host: error bodies are labelled ISO-8859-1.
  return { ...answer, headers: { "Content-Type": "application/json;charset=ISO-8859-1" } }
}
