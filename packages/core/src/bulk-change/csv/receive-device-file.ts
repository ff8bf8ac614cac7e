import { CoreError, isCoreError } from "../../errors/mod.ts"
import type { ChangeType } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { BulkChange } from "../bulk-change.ts"
import type { WishedDevice } from "../plan/planner.ts"
import { type BulkChangeCore, receiveParsed, type ReceiveBulkChangeRequest } from "../receive/receive-bulk-change.ts"
import type { Refusal } from "../plan/refusals.ts"
import { type ParsedRequest, parseRequest } from "../receive/request.ts"
import { byIdentifier } from "../plan/resolve-devices.ts"
import { plannerOf, wishesOf } from "../receive/wishes.ts"
import type { DeviceFileEntry, DeviceFileRow } from "./device-file.ts"
import { type FileLine, upsertFileHeader, upsertFileLines } from "./file-statements.ts"
import { lineRequest } from "./line-request.ts"
import { readDeviceFile } from "./read-device-file.ts"

export interface ReceiveDeviceFileRequest extends ReceiveBulkChangeRequest {
  /** As for `receiveBulkChange`, without `devices`; what it says holds for every line that does not say otherwise. */
  readonly request: unknown
  /** Pieces of text or of bytes, for example the body of a request. */
  readonly file: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>
}

// Lines that are kept in one unit.
const AT_ONCE = 1_000

/**
 * Takes a bulk change as a file of devices, of any length, in the memory of some lines. A line that cannot be read, or asks
 * for what its type does not have, is refused in its row with line, column and reason; the others go on.
 * `failedDevicesCsv` gives the failed ones back.
 *
 * @throws {CoreError} `input.invalid` with the field for a request or a header that cannot be read, or a viewer's;
 *   `input.not_found` for an unknown service provider. Nothing is planned then.
 */
export async function receiveDeviceFile(core: BulkChangeCore, asked: ReceiveDeviceFileRequest): Promise<BulkChange> {
  const request = parseRequest(asked.request)
  const entries = readDeviceFile(asked.file)
  // The header speaks for the file as a whole: before anything is stored.
  const first = await entries.next()
  const refusals = new WeakMap<object, Refusal>()
  return receiveParsed(core, asked, request, (changeType, scope) => {
    const planner = plannerOf(changeType)
    const find = byIdentifier(core, scope, planner.makesDevices ?? false)
    return {
      planner,
      effectiveDate: null,
      devices: (change) =>
        devicesOf(core, change, { first, entries, refusals, toWish: wishReader(changeType, request, asked) }),
      async find(wished) {
        const found = await find(wished)
        return found.map((one, at) => {
          const refusal = refusals.get(wished[at] as object)
          return refusal ? { ...one, carrierDeviceId: null, device: undefined, refusal } : one
        })
      },
    }
  })
}

type ToWish = (row: DeviceFileRow) => { readonly wish: unknown } | { readonly refusal: Refusal }

function wishReader(changeType: ChangeType, request: ParsedRequest, asked: ReceiveDeviceFileRequest): ToWish {
  return ({ line, values }) => {
    try {
      if (values.effectiveDate !== undefined) {
        throw new CoreError("input.invalid", "The effective date is said for the whole file, not for a line", {
          field: "effectiveDate",
        })
      }
      const ofLine = parseRequest(lineRequest(changeType, request, values))
      return { wish: wishesOf(changeType, ofLine, asked.isAutomated ?? false, 1).wishes(0) }
    } catch (error) {
      if (!isCoreError(error, "input.invalid")) throw error
      return { refusal: refusalOf(line, error.field ?? null, error.message) }
    }
  }
}

async function* devicesOf(
  core: Platform,
  change: BulkChange,
  file: {
    readonly first: IteratorResult<DeviceFileEntry, void>
    readonly entries: AsyncGenerator<DeviceFileEntry, void>
    readonly refusals: WeakMap<object, Refusal>
    readonly toWish: ToWish
  },
): AsyncGenerator<readonly WishedDevice<unknown>[], void> {
  const { first, entries, refusals, toWish } = file
  if (first.value?.kind === "header") {
    await core.store.unit({ name: "bulk-change.keep-file" }, [upsertFileHeader(change, first.value.header)])
  }
  let position = 0
  let lines: FileLine[] = []
  let devices: WishedDevice<unknown>[] = []
  for await (const entry of entries) {
    if (entry.kind === "header") continue
    const { line, text } = entry
    lines.push({ position: position++, line, text })
    const wished = wishedOf(entry, toWish)
    devices.push(wished.device)
    if (wished.refusal) refusals.set(wished.device, wished.refusal)
    if (devices.length < AT_ONCE) continue
    await core.store.unit({ name: "bulk-change.keep-file-lines" }, [upsertFileLines(change, lines)])
    yield devices
    lines = []
    devices = []
    await core.runtime.clock.yield()
  }
  if (devices.length === 0) return
  await core.store.unit({ name: "bulk-change.keep-file-lines" }, [upsertFileLines(change, lines)])
  yield devices
}

function wishedOf(
  entry: Exclude<DeviceFileEntry, { kind: "header" }>,
  toWish: ToWish,
): { readonly device: WishedDevice<unknown>; readonly refusal?: Refusal } {
  if (entry.kind === "fault") {
    return { device: { identifier: "", wish: null }, refusal: refusalOf(entry.line, entry.column, entry.reason) }
  }
  const { device, iccid, eid, msisdn, imei } = entry.values
  const identifier = iccid ?? eid ?? device ?? msisdn ?? imei ?? ""
  const read = toWish(entry)
  return "refusal" in read
    ? { device: { identifier, wish: null }, refusal: read.refusal }
    : { device: { identifier, wish: read.wish } }
}

function refusalOf(line: number, column: string | null, reason: string): Refusal {
  return { code: "input_invalid", text: `Line ${line}${column === null ? "" : `, ${column}`}: ${reason}` }
}
