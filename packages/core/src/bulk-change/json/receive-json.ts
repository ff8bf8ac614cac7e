import type { Platform } from "../../store/mod.ts"
import type { BulkChange } from "../bulk-change.ts"
import {
  type BulkChangeCore,
  receiveBulkChange,
  type ReceiveBulkChangeRequest,
  refuseViewer,
} from "../receive/receive-bulk-change.ts"
import { readRequestJson } from "./read-request-json.ts"
import { dropSpool, selectSpooled, type SpoolKey, spoolDevices } from "./spool-statements.ts"

export interface ReceiveBulkChangeJsonRequest extends Omit<ReceiveBulkChangeRequest, "request"> {
  /** The text of the request, in pieces of text or of UTF-8 bytes: for example the body of an HTTP request. */
  readonly json: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>
}

/**
 * `receiveBulkChange` for a request that is still JSON text, of any length, in the memory of some thousand devices. Its
 * fields may come in any order; as long as it is being read, the database holds what does not fit. A device that is none is
 * refused in its row, and the others go on.
 *
 * @throws {CoreError} As `receiveBulkChange`; `input.invalid`, field `request`, for a text that is no JSON or is cut off.
 *   Nothing is planned then.
 * @example The body of an HTTP request
 * ```ts
 * import { type BulkChange, type BulkChangeCore, receiveBulkChangeJson } from "@altaworx/core/bulk-change"
 *
 * async function receiveBody(core: BulkChangeCore, body: AsyncIterable<Uint8Array>): Promise<BulkChange> {
 *   return receiveBulkChangeJson(core, { tenantId: "t1", createdBy: "ann", role: "operator", json: body })
 * }
 * ```
 */
export async function receiveBulkChangeJson(
  core: BulkChangeCore,
  { json, ...asked }: ReceiveBulkChangeJsonRequest,
): Promise<BulkChange> {
  refuseViewer(asked.role)
  const { clock } = core.runtime
  const key = { tenantId: asked.tenantId, id: core.runtime.newId() }
  const pages = readRequestJson(json)
  let spooled = 0
  let last: readonly unknown[] = []
  try {
    for (;;) {
      const next = await pages.next()
      if (next.done) {
        const devices = spooled === 0 ? last : spooledDevices(core, key, spooled, last)
        return await receiveBulkChange(core, { ...asked, request: withDevices(next.value, devices) })
      }
      // The last page needs no place: a short request is never written twice.
      if (last.length > 0) {
        await core.store.unit({ name: "bulk-change.spool" }, spoolDevices(key, spooled++, last, clock.now()))
        await clock.yield()
      }
      last = next.value
    }
  } finally {
    if (spooled > 0) await core.store.unit({ name: "bulk-change.drop-spool" }, [dropSpool(key)])
  }
}

function withDevices(body: unknown, devices: unknown): object {
  const isDevices = (name: string, value: unknown) => name.toLowerCase() === "devices" && Array.isArray(value)
  const fields = Object.entries(body ?? {}).map(([name, value]) => [name, isDevices(name, value) ? devices : value])
  return Object.fromEntries(fields) as object
}

async function* spooledDevices(
  { store }: Platform,
  key: SpoolKey,
  pages: number,
  last: readonly unknown[],
): AsyncGenerator<unknown, void> {
  for (let page = 0; page < pages; page++) {
    const [row] = await store.rows<{ devices: string }>(selectSpooled(key, page))
    yield* JSON.parse(row?.devices ?? "[]") as unknown[]
  }
  yield* last
}
