import { isCoreError } from "../../errors/mod.ts"
import { enqueueJobs, type JobContext, type JobRequest, type JobResult } from "../../jobs/mod.ts"
import { notify } from "../../notifications/mod.ts"
import { getServiceProvider, listServiceProviders } from "../../providers/mod.ts"
import type { Platform } from "../../store/mod.ts"
import {
  AWAIT_SYNC,
  type AwaitSyncPayload,
  BEGIN_OPTIMIZATION,
  type BeginPayload,
  type ReceivePayload,
} from "../job-types.ts"
import { endWithErrors } from "../session/end-session.ts"
import { findSession } from "../session/read-session.ts"
import { tellProgress } from "../session/session-events.ts"
import { advanceProgress, runningSession, waitForSync } from "../session/statements.ts"
import { checkPeriod, openSession, prepareJob } from "./start-session.ts"

/** A sync as a session that waits for it sees it. */
export interface AwaitedSync {
  readonly id: string
  readonly status: "active" | "succeeded" | "failed" | "cancelled"
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

/** Who starts the sync of a session, and how it is found again: another room's business. */
export interface SyncPort {
  /** The latest sync that was started for the session, or `undefined`. */
  find(core: Platform, session: SyncRequest): Promise<AwaitedSync | undefined>
  /** @throws {CoreError} `sync.already_running` while another sync of the provider runs. */
  start(core: Platform, session: SyncRequest): Promise<string>
}

export interface SyncRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly optimizationSessionId: string
  /** The run that was started for it, where it is known. */
  readonly syncRunId: string | null
  /** Where it begins, epoch milliseconds; `null` for the seed-full date. */
  readonly since: number | null
}

/** Looks up what a message asks for. What is wrong with it is the job's failure, and the dead letter keeps it. */
export async function receiveOptimization(payload: ReceivePayload, context: JobContext): Promise<JobResult> {
  const { tenantId, runtime } = context
  const { optimizationSessionId, ...asked } = payload
  await getServiceProvider(context, tenantId, asked.serviceProviderId)
  await checkPeriod(context, tenantId, asked)
  // The id is in the next job, which is added once: a second attempt at this one opens no second session.
  const sessionId = optimizationSessionId ?? runtime.newId()
  const begin: BeginPayload = { ...asked, sessionId, syncRunId: null }
  return {
    next: [
      {
        type: BEGIN_OPTIMIZATION as JobRequest["type"],
        tenantId,
        id: `${context.jobId}.begin`,
        payload: begin,
      },
    ],
  }
}

/**
 * Opens the session, unless the tenant has one running: then whoever asked is told, and nothing else happens. What has
 * not been synced is synced first; finalize goes on with the session.
 */
export async function beginOptimization(payload: BeginPayload, context: JobContext): Promise<JobResult> {
  const { tenantId } = context
  const { requestId, hasSynced, lastSyncDate, ...session } = payload
  const key = { tenantId, id: session.sessionId }
  const told = { ...session, tenantId, id: session.sessionId }
  const steps = hasSynced ? [0] : [0, 20]
  const events = (await Promise.all(steps.map((step) => tellProgress(context, told, step)))).flat()
  const known = await findSession(context, tenantId, session.sessionId)
  if (known === undefined) {
    try {
      await context.unit("optimization.begin-session", [
        ...(await openSession(context, tenantId, session)),
        ...advanceProgress(key, steps.at(-1) ?? 0),
        ...enqueueJobs(context.runtime, events),
      ])
    } catch (error) {
      if (!isCoreError(error, "store.constraint")) throw error
      return { next: await tellAlreadyRunning(payload, context) }
    }
  } else if (known.status !== "NotStarted") {
    return {}
  }
  if (hasSynced) return { next: [prepareJob(tenantId, session, `${session.sessionId}.prepare`)] }
  return { next: [awaitSyncJob(tenantId, { ...payload, round: 0 }, context.runtime.clock.now())] }
}

async function tellAlreadyRunning(payload: BeginPayload, context: JobContext): Promise<JobRequest[]> {
  const { tenantId } = context
  const { serviceProviderId } = payload
  const provider = (await listServiceProviders(context, tenantId)).find(({ id }) => id === serviceProviderId)
  const [running] = await context.store.rows<{ id: string }>(runningSession(tenantId))
  return [
    notify(tenantId, {
      type: "optimization.alreadyRunning",
      serviceProviderId,
      serviceProviderName: provider?.name ?? serviceProviderId,
      integrationType: provider?.integrationType ?? "unknown",
      occurredAt: context.runtime.clock.now(),
      requestId: payload.requestId,
      runningSessionId: running?.id ?? "ended meanwhile",
    }),
  ]
}

/** How often, and for how long, a session looks after its sync: a day, as long as its provider syncs for others too. */
const LOOK_AGAIN_MS = 60_000
const MOST_ROUNDS = 1_440

function awaitSyncJob(tenantId: string, payload: AwaitSyncPayload, runAt: number): JobRequest {
  const type = AWAIT_SYNC as JobRequest["type"]
  return { type, tenantId, id: `${payload.sessionId}.await-sync.${payload.round}`, payload, runAt }
}

/**
 * Starts the session's sync, and looks after it: finalize takes the session on, but a sync that fails, is cancelled, or
 * cannot start has nobody else to say so.
 */
export async function awaitSync(payload: AwaitSyncPayload, context: JobContext, sync: SyncPort): Promise<JobResult> {
  const { tenantId, runtime } = context
  const { sessionId, serviceProviderId, lastSyncDate } = payload
  const session = await findSession(context, tenantId, sessionId)
  if (session?.status !== "NotStarted") return {}
  const { syncRunId } = session
  const asked = { tenantId, serviceProviderId, optimizationSessionId: sessionId, syncRunId, since: lastSyncDate }
  const end = (code: string, message: string) => endWithErrors(context, tenantId, payload, { code, message })
  if (payload.round > MOST_ROUNDS) return end("sync.already_running", "The session's sync did not end within a day")

  const run = (await sync.find(context, asked)) ?? (await start())
  if (run?.status === "failed" || run?.status === "cancelled") {
    return end(run.errorCode ?? "optimization.cancelled", run.errorMessage ?? `The session's sync was ${run.status}`)
  }
  return {
    ...(run && { statements: [waitForSync({ tenantId, id: sessionId }, run.id)] }),
    next: [awaitSyncJob(tenantId, { ...payload, round: payload.round + 1 }, runtime.clock.now() + LOOK_AGAIN_MS)],
  }

  async function start(): Promise<AwaitedSync | undefined> {
    try {
      const id = await sync.start(context, asked)
      return { id, status: "active", errorCode: null, errorMessage: null }
    } catch (error) {
      if (isCoreError(error, "sync.already_running")) return undefined
      throw error
    }
  }
}
