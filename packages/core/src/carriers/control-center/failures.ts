import { isJasperError, type JasperError } from "@altaworx/jasper-client"
import { redact } from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import type { ChangeAnswer } from "../../ports/mod.ts"

/** A client's error as one of ours; anything else, an aborted signal's reason among it, passes untouched. */
export function toCoreError(error: unknown): unknown {
  if (!isJasperError(error)) return error
  const options = { cause: error, ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) }
  // It quotes the carrier, which names devices by their identifiers.
  const message = redact(error.message)
  if (error.code.startsWith("auth.")) return new CoreError("carrier.credentials", message, options)
  if (error.retryable) return new CoreError("carrier.unavailable", message, options)
  if (error.code.startsWith("response.")) return new CoreError("carrier.unexpected_answer", message, options)
  return new CoreError("carrier.refused", message, options)
}

/**
 * What a failed change means: a lost answer leaves it unknown, a refusal is final. Credentials that no longer work, a call
 * rate that stays exceeded and a carrier that cannot be reached say nothing about the change, which was not made: they are
 * thrown.
 */
export function toChangeAnswer(error: unknown): ChangeAnswer {
  if (!isJasperError(error) || error.code.startsWith("auth.") || error.retryable) throw toCoreError(error)
  if (error.code === "outcome.unknown") {
    return { outcome: "unknown", code: error.code, text: "The answer was lost; the change may have taken effect" }
  }
  return { outcome: "refused", code: error.carrierCode ?? error.code, text: refusalText(error) }
}

function refusalText(error: JasperError): string {
  return redact(error.carrierMessage ?? error.message)
}
