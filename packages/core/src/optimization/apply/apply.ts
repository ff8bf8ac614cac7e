import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { findSession } from "../session/read-session.ts"
import type { OptimizationSession } from "../session/session.ts"
import { movesAfter, selectApply } from "./apply-statements.ts"
import type { GuardRails } from "./guard-rails.ts"
import type { Reconciliation } from "./reconciliation.ts"

/** What keeps a SIM of the session's moves where it is. */
export type HeldBackBy = "protected" | "carrierRule" | "mostMoves" | "noTimeLeft" | "savesTooLittle"

/** What is to be made of a session's moves, within its guard rails. Money in micro-units, as decimal strings. */
export interface OptimizationApply {
  readonly sessionId: string
  readonly guardRails: GuardRails
  /** From this instant on nothing more is begun; `null` where the period's end is ignored. */
  readonly notAfter: number | null
  /** Moves a second that the account is good for, as measured, and how many of them fit into the time left. */
  readonly movesPerSecond: number | null
  readonly movesInTime: number | null
  /** The bill with no move, as the session found it, and with the planned moves. */
  readonly currentCost: string
  readonly sessionCost: string
  readonly plannedCost: string
  /** What the session predicted, and what the planned moves save: `currentCost` less the other two. */
  readonly predictedSaving: string
  readonly plannedSaving: string
  /** SIMs that are to move. */
  readonly moveCount: number
  /** How many SIMs of the session's moves each rail keeps where they are. */
  readonly heldBack: Readonly<Record<HeldBackBy, number>>
  readonly createdBy: string
  readonly createdAt: number
  /** What became of it; `null` before the changes ended. */
  readonly reconciliation: Reconciliation | null
}

/** A SIM that is to move, or that is held back. */
export interface OptimizationApplyMove {
  /** From 0: those that move, in the order in which they are sent, then those that are held back. */
  readonly position: number
  readonly carrierDeviceId: string
  readonly fromRatePlan: string
  readonly toRatePlan: string
  /** Micro-units: made after all those before it; of one that is held back, what it would add to all that are made. */
  readonly saving: number
  readonly heldBackBy: HeldBackBy | null
  /** Why it is held back, in plain words. */
  readonly reason: string | null
}

/** What was last planned of a session's moves; `undefined` before that. */
export async function findOptimizationApply(
  core: Platform,
  tenantId: string,
  sessionId: string,
): Promise<OptimizationApply | undefined> {
  const row = await core.store.read((db) => selectApply(db, { tenantId, id: sessionId }))
  if (!row) return undefined
  const { tenantId: _, guardRails, heldBack, reconciliation, ...facts } = row
  const saves = (cost: string) => String(BigInt(row.currentCost) - BigInt(cost))
  return {
    ...facts,
    guardRails: JSON.parse(guardRails) as GuardRails,
    heldBack: JSON.parse(heldBack) as OptimizationApply["heldBack"],
    reconciliation: reconciliation === null ? null : (JSON.parse(reconciliation) as Reconciliation),
    predictedSaving: saves(row.sessionCost),
    plannedSaving: saves(row.plannedCost),
  }
}

/** The SIMs of a plan that are to move, or those that are held back, in pages. */
export async function* eachApplyMove(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly sessionId: string
    /** Which of them. @default "moves" */
    readonly which?: "moves" | "heldBack"
    /** 1 to 2000. @default 2000 */
    readonly limit?: number
  },
): AsyncGenerator<readonly OptimizationApplyMove[], void> {
  const { tenantId, sessionId, which = "moves", limit = 2_000 } = request
  if (!Number.isInteger(limit) || limit < 1 || limit > 2_000) {
    throw new CoreError("input.invalid", `Cannot list moves: limit must be 1 to 2000, got ${limit}`, { field: "limit" })
  }
  const apply = await findOptimizationApply(core, tenantId, sessionId)
  if (!apply) return
  const isMoves = which === "moves"
  const before = isMoves ? apply.moveCount : Number.MAX_SAFE_INTEGER
  for (let after = isMoves ? -1 : apply.moveCount - 1; ; ) {
    const page = movesAfter({ tenantId, id: sessionId }, { after, before, limit })
    const rows = await core.store.rows<OptimizationApplyMove>(page)
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    after = rows.at(-1)?.position ?? after
    await core.runtime.clock.yield()
  }
}

/**
 * A session whose moves may be made: it ended well, nothing took its place, and it moves SIMs between the carrier's rate
 * plans.
 *
 * @throws {CoreError} `input.not_found`; `input.invalid` for any other session: half a plan is never applied.
 */
export async function findApplicableSession(
  core: Platform,
  tenantId: string,
  sessionId: string,
): Promise<OptimizationSession & Record<"currentCost" | "cost", string>> {
  const session = await findSession(core, tenantId, sessionId)
  const field = { field: "sessionId" }
  if (!session) throw new CoreError("input.not_found", "Cannot find the optimization session", field)
  const refuse = (why: string) => new CoreError("input.invalid", `Cannot apply the session: ${why}`, field)
  const { status, currentCost, cost } = session
  if (status !== "CompleteWithSuccess" || currentCost === null || cost === null) throw refuse(`it is ${status}`)
  if (session.supersededBy !== null) throw refuse("a later session took its place")
  if (session.request.customerId !== null) {
    throw refuse("its moves are between the tenant's own rate plans, which no carrier knows")
  }
  return { ...session, currentCost, cost }
}
