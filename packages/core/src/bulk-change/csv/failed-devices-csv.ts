import type { Platform } from "../../store/mod.ts"
import type { BulkChangeKey } from "../bulk-change.ts"
import type { BulkChangeDevice, BulkChangeDeviceStatus } from "../bulk-change-device.ts"
import { eachBulkChangeDevice, getBulkChange } from "../queries.ts"
import type { DeviceFileHeader } from "./device-file.ts"
import { type FailedRow, failedRowsCsv } from "./failed-rows.ts"
import { type FileLine, selectFileHeader, selectFileLines } from "./file-statements.ts"

const FAILED: readonly BulkChangeDeviceStatus[] = ["ERROR", "API_FAILED", "UNKNOWN", "CANCELLED"]

const DEVICES_ONLY: DeviceFileHeader = { delimiter: ",", text: null, columns: [{ name: "device", field: "device" }] }

/**
 * The devices of a bulk change that were not changed for sure, as CSV with the reason: where it came as a file, its lines
 * as they were, to be mended and handed in again; otherwise the devices as they were asked for.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no such bulk change.
 */
export async function* failedDevicesCsv(core: Platform, key: BulkChangeKey): AsyncGenerator<string, void> {
  await getBulkChange(core, key.tenantId, key.id)
  const [stored] = await core.store.rows<{ header: string }>(selectFileHeader(key))
  const header = stored && (JSON.parse(stored.header) as DeviceFileHeader)
  yield* failedRowsCsv(header ?? DEVICES_ONLY, failedRows(core, key, header !== undefined))
}

async function* failedRows(core: Platform, key: BulkChangeKey, isFile: boolean): AsyncGenerator<FailedRow, void> {
  for await (const devices of eachBulkChangeDevice(core, { ...key, statuses: FAILED })) {
    const positions = devices.map(({ position }) => position)
    const lines = isFile ? await core.store.rows<FileLine>(selectFileLines(key, positions)) : []
    const texts = new Map(lines.map(({ position, text }) => [position, text]))
    for (const device of devices) {
      yield { text: texts.get(device.position) ?? device.identifier, reason: reasonOf(device) }
    }
  }
}

function reasonOf({ status, text, code }: BulkChangeDevice): string {
  return text ?? code ?? status
}
