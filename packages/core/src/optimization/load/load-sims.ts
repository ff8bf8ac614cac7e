import { kilobytesOf } from "../../domain/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { plansOfCohort } from "../results/result-statements.ts"
import type { SessionKey } from "../session/statements.ts"
import type { StoredCohort } from "./cohort-statements.ts"
import { type SimChunk, selectChunk } from "./sim-statements.ts"

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
  for await (const { index, sims } of eachChunk(core, key, cohorts, signal)) {
    const size = sims.carrierDeviceIds.length
    cohort.fill(index, at, at + size)
    usage.set(sims.projectedBytes.map(kilobytesOf), at)
    sms.set(sims.smsCounts, at)
    days.set(sims.days, at)
    at += size
  }
  return { count, usage, sms, days, cohort }
}

/** SIMs in chunks of one cohort each: the same order every time. */
export async function* eachChunk(
  core: Platform,
  key: SessionKey,
  cohorts: readonly StoredCohort[],
  signal?: AbortSignal,
): AsyncGenerator<{ readonly index: number; readonly cohort: StoredCohort; readonly sims: SimChunk }, void> {
  for (const [index, cohort] of cohorts.entries()) {
    for (let chunk = 0, read = 0; read < cohort.deviceCount; chunk++) {
      signal?.throwIfAborted()
      const [row] = await core.store.rows<{ columns: string }>(selectChunk(key, cohort.position, chunk))
      if (row === undefined) throw new Error(`Cohort ${cohort.position} has fewer SIMs than were counted`)
      const sims = JSON.parse(row.columns) as SimChunk
      yield { index, cohort, sims }
      read += sims.carrierDeviceIds.length
      await core.runtime.clock.yield()
    }
  }
}

const PAGE_SIZE = 2_000

/** Where the SIMs of a solved problem go, in pages: the plan's name, or null where they stay, in the order of the SIMs. */
export async function* eachPage(
  core: Platform,
  key: SessionKey,
  cohorts: readonly StoredCohort[],
): AsyncGenerator<{ readonly page: readonly { readonly toRatePlan: string | null }[] }, void> {
  for (const cohort of cohorts) {
    let after = ""
    for (let read = 0; read < cohort.deviceCount; ) {
      const place = { cohort: cohort.position, after, limit: PAGE_SIZE }
      const [row] = await core.store.rows<{ page: string }>(plansOfCohort(key, place))
      const pairs = JSON.parse(row?.page ?? "[]") as (readonly [string, string | null])[]
      if (pairs.length === 0) throw new Error(`Cohort ${cohort.position} has fewer results than SIMs`)
      yield { page: pairs.map(([, toRatePlan]) => ({ toRatePlan })) }
      read += pairs.length
      after = pairs.at(-1)?.[0] ?? after
      await core.runtime.clock.yield()
    }
  }
}
