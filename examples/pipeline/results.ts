import {
  type BulkChangeDevice,
  getBulkChange,
  listBulkChangeDevices,
  summarizeBulkChange,
} from "@altaworx/core/bulk-change"
import {
  type Difference,
  findOptimizationApply,
  getOptimizationSession,
  type Missing,
} from "@altaworx/core/optimization"
import type { ScanCertificate } from "@altaworx/core/ports"
import { getSyncRun } from "@altaworx/core/sync"
import type { Flags } from "./flags.ts"
import { type PipelineResult, TENANT_ID } from "./pipeline.ts"

/** What `last-run.json` holds. Money is micro-units as decimal strings, times are milliseconds. */
export interface LastRun {
  readonly version: 1
  readonly seed: number
  readonly devices: number
  readonly faults: "on" | "off"
  readonly injected: {
    readonly rateLimited: number
    readonly serverErrors: number
    readonly dropped: number
    readonly lostReplies: number
    readonly drifted: number
    readonly silentNoOps: number
  }
  readonly sync: {
    readonly calls: number
    readonly pages: number
    readonly rows: number
    readonly duplicates: number
    readonly rounds: number
    readonly scope: string
    readonly certified: boolean
    readonly ms: number
  }
  readonly promotion: {
    readonly inserted: number
    readonly updated: number
    readonly unchanged: number
    readonly missing: number
  }
  readonly optimization: {
    readonly groups: number
    readonly problems: number
    readonly currentCost: string
    readonly perSimCheapestCost: string
    /** The legacy-style strategy; null until it exists. */
    readonly sequencesCost: string | null
    readonly cost: string
    readonly lowerBound: string
    readonly gap: number
    readonly moves: number
    readonly ms: number
  }
  readonly apply: {
    readonly planned: number
    readonly processed: number
    readonly failed: number
    readonly unknown: number
    readonly verified: number
    readonly ms: number
  }
  /** What the changes brought, against what was predicted: their difference is the sum of all that is missing. */
  readonly reconcile: {
    readonly predictedSaving: string
    readonly plannedSaving: string
    readonly appliedSaving: string
    readonly missing: Readonly<
      Record<Difference | "unexplained", { readonly devices: number; readonly saving: string }>
    >
    readonly state: "explained" | "unexplained"
    /** `passed` or `failed`; `off` without one. */
    readonly canary: string
  }
  readonly totalMs: number
}

export interface Results {
  readonly lastRun: LastRun
  readonly certificate: ScanCertificate
  /** Calls per second that the carrier allows. */
  readonly rate: number
  /** Most memory that this process held. */
  readonly peakMemoryBytes: number
  /** Changes that were not made, or are not known to be. */
  readonly failures: readonly BulkChangeDevice[]
}

/** Reads every figure of the run from the database, and what was injected from the simulated carrier. */
export async function collectResults(
  result: PipelineResult,
  from: { readonly flags: Flags; readonly simulatorUrl: string; readonly startedAt: number },
): Promise<Results> {
  const { core } = result
  const stats = (await (await fetch(`${from.simulatorUrl}/simulator/stats`)).json()) as {
    injected: LastRun["injected"]
  }
  const run = await getSyncRun(core, TENANT_ID, result.syncRunId)
  const session = await getOptimizationSession(core, TENANT_ID, result.optimizationSessionId)
  const change = await getBulkChange(core, TENANT_ID, result.bulkChangeId)
  const counts = await summarizeBulkChange(core, TENANT_ID, result.bulkChangeId)
  const certificate = run.certificate as ScanCertificate
  const { rateLimited, serverErrors, dropped, lostReplies, drifted, silentNoOps } = stats.injected
  const elapsed = (start: number | null, end: number | null) => (start === null || end === null ? 0 : end - start)
  const lastRun: LastRun = {
    version: 1,
    seed: from.flags.seed,
    devices: from.flags.devices,
    faults: from.flags.faults,
    injected: { rateLimited, serverErrors, dropped, lostReplies, drifted, silentNoOps },
    sync: {
      calls: certificate.calls,
      pages: certificate.pages,
      rows: certificate.rows,
      duplicates: certificate.duplicates,
      rounds: certificate.rounds,
      scope: certificate.scope,
      certified: certificate.certified,
      ms: elapsed(run.startedAt, run.finishedAt),
    },
    promotion: { inserted: run.inserted, updated: run.updated, unchanged: run.unchanged, missing: run.missing },
    optimization: {
      groups: session.groupCount,
      problems: session.problemCount,
      currentCost: session.currentCost ?? "0",
      perSimCheapestCost: session.perSimCheapestCost ?? "0",
      sequencesCost: session.sequencesCost,
      cost: session.cost ?? "0",
      lowerBound: session.lowerBound ?? "0",
      gap: session.gap ?? 0,
      moves: session.moveCount,
      ms: elapsed(session.startedAt, session.finishedAt),
    },
    apply: {
      planned: counts.planned,
      processed: counts.processed,
      failed: counts.failed,
      unknown: counts.unknown,
      verified: counts.verified,
      ms: elapsed(change.approvedAt, change.processedAt),
    },
    reconcile: await collectReconciliation(result, change.canary === null ? "off" : (change.canaryVerdict ?? "open")),
    totalMs: core.runtime.clock.now() - from.startedAt,
  }
  const failures = await listFailures(result)
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1_024
  return { lastRun, certificate, rate: from.flags.rate, peakMemoryBytes, failures }
}

async function collectReconciliation(
  { core, optimizationSessionId }: PipelineResult,
  canary: string,
): Promise<LastRun["reconcile"]> {
  const apply = await findOptimizationApply(core, TENANT_ID, optimizationSessionId)
  if (!apply?.reconciliation) throw new Error("The session was not reconciled")
  const { predictedSaving, appliedSaving, differences, unexplained, state } = apply.reconciliation
  const missing = ({ deviceCount, saving }: Missing) => ({ devices: deviceCount, saving })
  const { heldBack, refused, stale, failed, unknown, cancelled, open } = differences
  return {
    predictedSaving,
    plannedSaving: apply.plannedSaving,
    appliedSaving,
    missing: {
      heldBack: missing(heldBack),
      refused: missing(refused),
      stale: missing(stale),
      failed: missing(failed),
      unknown: missing(unknown),
      cancelled: missing(cancelled),
      open: missing(open),
      unexplained: missing(unexplained),
    },
    state,
    canary,
  }
}

async function listFailures({ core, bulkChangeId }: PipelineResult): Promise<readonly BulkChangeDevice[]> {
  const failures: BulkChangeDevice[] = []
  const limit = 2_000
  for (let after = -1; ; ) {
    const page = await listBulkChangeDevices(core, {
      tenantId: TENANT_ID,
      id: bulkChangeId,
      statuses: ["API_FAILED", "ERROR", "UNKNOWN"],
      after,
      limit,
    })
    failures.push(...page)
    if (page.length < limit) return failures
    after = page.at(-1)?.position ?? after
  }
}
