import { answerHtml, type CallOutcome } from "./call.ts"
import { answerError } from "./carrier-error.ts"
import type { FaultName } from "./fault-catalogue.ts"

/** What a call gets instead of its answer; undefined for faults that leave the call its own answer. */
export function answerInstead(fault: FaultName): CallOutcome | undefined {
  switch (fault) {
    case "throttle429":
      return answerError("40000029", 429)
    case "throttle400":
      return answerError("40000029", 400)
    case "serverError":
      return answerError("30000001")
    case "gatewayError":
      return answerHtml(503, "503 Service Unavailable")
    case "drop":
    case "lostReply":
      return "dropped"
    case "silentNoOp":
    case "lateRead":
      return undefined
  }
}
