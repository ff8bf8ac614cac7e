import type { JobContext } from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { adaptiveChunkSize } from "./chunk-size.ts"
import { ASKED_PER_UNIT, mayMarkMissing, missingMarker } from "./mark-missing.ts"
import { findNews, type News } from "./news-statements.ts"
import { promoteChunk } from "./promotion-statements.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"

/**
 * Compares what was staged with the inventory, by identifier and step by step, and writes what is news and what is missing.
 * Comparing only reads: what did not change costs no unit. News gathers until it is worth one, and that unit notes how far
 * the run has come.
 *
 * @returns `too_many` where more devices are gone than the run may mark without asking. What was written by then stays.
 */
export async function promoteStaging(
  run: SyncRun,
  carrier: Carrier,
  context: JobContext,
  settings: SyncSettings,
): Promise<"promoted" | "too_many"> {
  const size = adaptiveChunkSize(context.runtime.clock, settings.promotionChunk)
  const markMissing = missingMarker(run, carrier, context, settings)
  const news = newsWriter(run, context, settings)
  let absent: string[] = []
  for (let after = run.checkpoint ?? "", isLeft = true; isLeft; ) {
    context.signal.throwIfAborted()
    const step = await size.timed(() => compareNext(run, context, after, size.rows()))
    isLeft = step.last !== null
    after = step.last ?? after
    news.changed.push(...(JSON.parse(step.changed) as string[]))
    absent.push(...(JSON.parse(step.absent) as string[]))
    if (isLeft && !news.isEnough() && absent.length < ASKED_PER_UNIT) continue
    if ((await markMissing(absent)) === "too_many") return "too_many"
    if (news.changed.length + absent.length > 0) await news.writeUpTo(after)
    absent = []
  }
  return "promoted"
}

async function compareNext(run: SyncRun, { store, runtime }: JobContext, after: string, size: number): Promise<News> {
  const comparison = {
    run,
    serviceProviderId: run.serviceProviderId,
    billingPeriodId: run.billingPeriodId,
    listsAll: run.lookback === "all",
    mayMarkMissing: mayMarkMissing(run),
    after,
    size,
  }
  const [step] = await store.rows<News>(findNews(comparison))
  await runtime.clock.yield()
  return step as News
}

/** Gathers devices that are news, in their order, and writes them in units of about 7 ms. */
function newsWriter(run: SyncRun, { runtime, unit }: JobContext, settings: SyncSettings) {
  const size = adaptiveChunkSize(runtime.clock, settings.promotionChunk)
  const changed: string[] = []
  let written = run.checkpoint ?? ""
  return {
    changed,
    isEnough: () => changed.length >= size.rows(),
    /** Writes all that gathered and moves the run's checkpoint up to `last`, which was compared. */
    async writeUpTo(last: string) {
      while (written !== last) {
        const ids = changed.splice(0, size.rows())
        const chunk = {
          key: run,
          serviceProviderId: run.serviceProviderId,
          billingPeriodId: run.billingPeriodId,
          listsAll: run.lookback === "all",
          after: written,
          last: changed.length > 0 ? (ids.at(-1) as string) : last,
          changed: ids,
          idPrefix: runtime.newId(),
          now: runtime.clock.now(),
        }
        await size.timed(() => unit("sync.promote-chunk", promoteChunk(chunk)))
        written = chunk.last
      }
    },
  }
}
