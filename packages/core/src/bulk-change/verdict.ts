import type { ChangeOutcome } from "../ports/mod.ts"
import type { OpenIntent, Settlement } from "./intent.ts"

/** What one look at the carrier showed. `unknown` = the carrier could not be read. */
export interface Look {
  readonly outcome: ChangeOutcome
  readonly code: string | null
  readonly text: string
}

export type Verdict =
  | { readonly kind: "settled"; readonly settlement: Settlement }
  | { readonly kind: "later"; readonly readDueAt: number }

// The first pause is shorter than any late read seen and long enough not to spend the call budget on it; doubling it
// reaches a deadline of five minutes in about ten looks.
const FIRST_PAUSE_MS = 250

/**
 * What a look says about a change: how its row ends, or when to look again. Only a look that was sent at or after the
 * deadline can say "not done": until then a write may stay invisible to reads.
 *
 * @param lookedAt When the look was sent.
 * @param readBackDeadlineMs How long a write may stay invisible; a carrier that cannot be read gets it once more.
 */
export function judgeLook(intent: OpenIntent, look: Look, lookedAt: number, readBackDeadlineMs: number): Verdict {
  const { position } = intent
  const settled = (status: Settlement["status"], code: string | null, text: string): Verdict => ({
    kind: "settled",
    settlement: { position, status, code, text, isVerified: status === "PROCESSED" },
  })
  if (look.outcome === "applied") return settled("PROCESSED", null, look.text)
  if (look.outcome === "refused") return settled("API_FAILED", look.code, look.text)
  const isRead = look.outcome === "pending"
  const lastLookAt = isRead ? intent.deadlineAt : intent.deadlineAt + readBackDeadlineMs
  if (lookedAt < lastLookAt) {
    return {
      kind: "later",
      readDueAt: Math.min(lookedAt + FIRST_PAUSE_MS * 2 ** Math.min(intent.looks, 20), lastLookAt),
    }
  }
  if (!isRead) {
    return settled("UNKNOWN", look.code ?? "unreadable", `The carrier could not be read: ${look.text}. ${WHAT_NEXT}`)
  }
  const waited = `${Math.round(readBackDeadlineMs / 1_000)} s`
  switch (intent.outcome) {
    case "applied":
      return settled(
        "API_FAILED",
        "not_applied",
        `The carrier answered that it was done, but it never showed (${waited})`,
      )
    case "pending":
      return settled(
        "UNKNOWN",
        "not_confirmed",
        `The carrier took it for later; it does not show yet (${waited}). ${WHAT_NEXT}`,
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
  "It was not sent again. Sync the device: if it is on the new plan it is done, if not, plan the change again"
