import { answerHtml, answerJson, type CallOutcome, type SimulatorAnswer, type SimulatorCall } from "./call.ts"
import type { RememberingCarrier } from "./carrier.ts"
import { answerError, CarrierError } from "./carrier-error.ts"
import {
  answerInstead,
  answerUnauthenticated,
  answerUnauthorized,
  type DelayedOutcome,
  spoilAnswer,
} from "./fault-answers.ts"
import type { ResolvedOptions } from "./options.ts"
import { findRoute, type Route } from "./router.ts"
import { createSlots } from "./slots.ts"
import { createTokenBucket } from "./token-bucket.ts"

/** The way into the carrier's API. */
export interface Door {
  answer(call: SimulatorCall): Promise<CallOutcome>
  counts(): { readonly calls: number; readonly throttled: number }
}

/** Checks credentials and limits, lets faults strike, and calls the endpoint. */
export function createDoor(options: ResolvedOptions, carrier: RememberingCarrier): Door {
  const { clock, credentials, modes } = options
  const bucket = createTokenBucket(options)
  const authorization = `Basic ${btoa(`${credentials.username}:${credentials.apiKey}`)}`
  let calls = 0
  let throttled = 0
  const slots = createSlots(options.concurrency)

  function throttle(): SimulatorAnswer {
    throttled++
    const turn = throttled % 2 === 1 ? 429 : 400
    return answerError("40000029", modes.throttleStatus === "mixed" ? turn : modes.throttleStatus)
  }

  function answerRoute(call: SimulatorCall, { operation, endpoint, subject }: Route): DelayedOutcome {
    const now = carrier.now()
    const before = carrier.strike("before", operation)
    if (before !== undefined) return answerInstead(before, now)
    carrier.strike("aside", operation)
    const answer = refusalOr(() => endpoint({ carrier, query: call.query, body: call.body, subject, now }))
    if (answer.status >= 400) return { outcome: answer, delayMs: 0 }
    if (operation === "searchDevices") carrier.searchAnswered()
    const after = carrier.strike("after", operation)
    return after === undefined ? { outcome: answer, delayMs: 0 } : spoilAnswer(answer, after, clock)
  }

  function answerAdmitted(call: SimulatorCall): DelayedOutcome {
    carrier.state.settle(carrier.now())
    const route = findRoute(call.method, call.path.replace(/^\/rws\/api\//, ""))
    if (route === "badVersion") return { outcome: answerError("10000024"), delayMs: 0 }
    if (route !== undefined) return answerRoute(call, route)
    const isHtml = modes.notFound === "html"
    const outcome = isHtml ? answerHtml(404, "404 Not Found") : answerJson(404, { errorMessage: "Resource not found" })
    return { outcome, delayMs: 0 }
  }

  return {
    counts: () => ({ calls, throttled }),
    async answer(call) {
      calls++
      if (call.authorization === null) return answerUnauthenticated()
      if (call.authorization !== authorization || carrier.isKeyRevoked) return answerUnauthorized()
      if (modes.overConcurrency === "refuse" && slots.areTaken()) return throttle()
      if (!bucket.take(clock.now())) return throttle()
      // Calls that take no time are never in flight together, however many are made at once.
      const turn = slots.take()
      if (turn !== undefined) await turn
      try {
        const { outcome, delayMs } = answerAdmitted(call)
        if (delayMs + modes.latencyMs > 0) await clock.sleep(delayMs + modes.latencyMs)
        return outcome
      } finally {
        slots.leave()
      }
    },
  }
}

/** The answer, or the error body of the refusal that was thrown instead. */
function refusalOr(answer: () => SimulatorAnswer): SimulatorAnswer {
  try {
    return answer()
  } catch (error) {
    if (error instanceof CarrierError) return answerError(error.code)
    throw error
  }
}
