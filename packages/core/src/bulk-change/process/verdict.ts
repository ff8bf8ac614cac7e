import type { ChangeOutcome } from "../../ports/mod.ts"
import type { OpenIntent } from "./intent.ts"
import type { StepEnd } from "./progress.ts"

/** What one look at the other side showed. `unknown` = it could not be read. */
export interface Look {
  readonly outcome: ChangeOutcome
  readonly code: string | null
  readonly text: string
}

/** How the step ends, or when to look again. */
export type Verdict =
  | { readonly kind: "settled"; readonly end: StepEnd }
  | { readonly kind: "later"; readonly readDueAt: number }

// The first pause is shorter than any late read seen and long enough not to spend the call budget on it; doubling it
// reaches a deadline of five minutes in about ten looks.
const FIRST_PAUSE_MS = 250
// A write that did not show after this many times the deadline is on its way no more.
const LOST_AFTER_DEADLINES = 12

/**
 * What a look says about a change: how its step ends, or when to look again. Only a look that was sent at or after the
 * deadline can say "not done": until then a write may stay invisible to reads.
 *
 * @param lookedAt When the look was sent.
 * @param readBackDeadlineMs How long a write may stay invisible; a system that cannot be read gets it once more.
 */
export function judgeLook(
  intent: Pick<OpenIntent, "outcome" | "code" | "text" | "sentAt" | "deadlineAt" | "looks" | "isRecheck">,
  look: Look,
  lookedAt: number,
  readBackDeadlineMs: number,
): Verdict {
  const settled = (status: StepEnd["status"], code: string | null, text: string): Verdict => ({
    kind: "settled",
    end: { status, code, text, isVerified: status === "PROCESSED" },
  })
  if (look.outcome === "applied") return settled("PROCESSED", null, look.text)
  if (look.outcome === "refused") return settled("API_FAILED", look.code, look.text)
  const isRead = look.outcome === "pending"
  const lastLookAt = isRead || intent.isRecheck ? intent.deadlineAt : intent.deadlineAt + readBackDeadlineMs
  if (lookedAt < lastLookAt) {
    return {
      kind: "later",
      readDueAt: Math.min(lookedAt + FIRST_PAUSE_MS * 2 ** Math.min(intent.looks, 20), lastLookAt),
    }
  }
  if (!isRead) {
    return settled("UNKNOWN", look.code ?? "unreadable", `The device could not be read: ${look.text}. ${WHAT_NEXT}`)
  }
  const waited = `${Math.round((intent.isRecheck ? lookedAt - intent.sentAt : readBackDeadlineMs) / 1_000)} s`
  if (intent.isRecheck && lookedAt - intent.sentAt >= LOST_AFTER_DEADLINES * readBackDeadlineMs) {
    return settled(
      "API_FAILED",
      "not_applied",
      `It was looked for again and does not show (${waited}): it was not made`,
    )
  }
  switch (intent.outcome) {
    case "applied":
      return settled("API_FAILED", "not_applied", `The answer was that it is done, but it never showed (${waited})`)
    case "pending":
      return settled(
        "UNKNOWN",
        "not_confirmed",
        `It was taken for later; it does not show yet (${waited}). ${WHAT_NEXT}`,
      )
    case "unknown":
      return settled(
        "UNKNOWN",
        intent.code ?? "no_answer",
        `${intent.text}; it does not show (${waited}). ${WHAT_NEXT}`,
      )
  }
}

const WHAT_NEXT =
  "It was not sent again. Sync the device: if it shows the change it is done, if not, look again later or plan it again"
