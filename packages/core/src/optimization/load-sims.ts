import { kilobytesOf } from "../domain/mod.ts"
import type { Platform } from "../store/mod.ts"
import { type SessionKey, type StoredCohort, simsOfCohort } from "./statements.ts"

const PAGE_SIZE = 2_000

/** A SIM as the session holds it. */
export interface SimRow {
  readonly carrierDeviceId: string
  readonly usageBytes: number
  readonly projectedBytes: number
  readonly smsCount: number
  readonly days: number
  /** Null where it stays, and before it was solved. */
  readonly toRatePlan: string | null
}

type SimFields = readonly [string, number, number, number, number, string | null]

const toSim = ([carrierDeviceId, usageBytes, projectedBytes, smsCount, days, toRatePlan]: SimFields): SimRow => ({
  carrierDeviceId,
  usageBytes,
  projectedBytes,
  smsCount,
  days,
  toRatePlan,
})

/** SIMs of some cohorts as typed columns, in the order of cohort and device. */
export interface LoadedSims {
  readonly count: number
  /** KB, carried to the end of the period. */
  readonly usage: Float64Array
  readonly sms: Float64Array
  readonly days: Int32Array
  /** Position in the list of cohorts that was asked for. */
  readonly cohort: Int32Array
}

export async function loadSims(
  core: Platform,
  key: SessionKey,
  cohorts: readonly StoredCohort[],
  signal?: AbortSignal,
): Promise<LoadedSims> {
  const count = cohorts.reduce((sum, { deviceCount }) => sum + deviceCount, 0)
  const usage = new Float64Array(count)
  const sms = new Float64Array(count)
  const days = new Int32Array(count)
  const cohort = new Int32Array(count)
  let at = 0
  for await (const { index, page } of eachPage(core, key, cohorts, signal)) {
    cohort.fill(index, at, at + page.length)
    for (const row of page) {
      usage[at] = kilobytesOf(row.projectedBytes)
      sms[at] = row.smsCount
      days[at] = row.days
      at++
    }
  }
  return { count, usage, sms, days, cohort }
}

/** SIMs in pages of one cohort each: the same order every time. */
export async function* eachPage(
  core: Platform,
  key: SessionKey,
  cohorts: readonly StoredCohort[],
  signal?: AbortSignal,
): AsyncGenerator<{ readonly index: number; readonly cohort: StoredCohort; readonly page: readonly SimRow[] }, void> {
  for (const [index, cohort] of cohorts.entries()) {
    let after = ""
    for (let read = 0; read < cohort.deviceCount; ) {
      signal?.throwIfAborted()
      const [row] = await core.store.rows<{ page: string }>(
        simsOfCohort(key, { cohort: cohort.position, after, limit: PAGE_SIZE }),
      )
      const page = (JSON.parse(row?.page ?? "[]") as SimFields[]).map(toSim)
      if (page.length === 0) throw new Error(`Cohort ${cohort.position} has fewer SIMs than were counted`)
      yield { index, cohort, page }
      read += page.length
      after = page.at(-1)?.carrierDeviceId ?? after
      await core.runtime.clock.yield()
    }
  }
}
