import type { CallOptions } from "../call-options.ts"
import { createPaged } from "../paged-list.ts"
import type { ListOptions, Paged } from "../paging.ts"
import type { Clock } from "../ports.ts"
import type { ScanCertificate } from "../scan/certificate.ts"
import type { ScanBatch, ScanOptions } from "../scan/scan-batch.ts"
import { scanDevices } from "../scan/scan-devices.ts"
import type { Caller } from "../transport/caller.ts"
import { readDevicePage } from "../wire/device-page.ts"
import type { Location } from "../wire/location.ts"
import type { Session } from "../wire/session.ts"
import type { ZoneUsage } from "../wire/zone-usage.ts"
import {
  type AuditQuery,
  getSession,
  getZoneUsage,
  listAuditTrail,
  listLocations,
  type LocationQuery,
  type ZoneUsageQuery,
} from "./device-history.ts"
import type { AuditEntry } from "../wire/audit-entry.ts"
import type { CycleUsage } from "../wire/cycle-usage.ts"
import type { DeviceDetails } from "../wire/device-details.ts"
import type { DeviceEdit, EditReceipt } from "../wire/device-edit.ts"
import type { DeviceSummary } from "../wire/device-summary.ts"
import { type DeviceQuery, deviceQueryParams } from "./device-query.ts"
import { editAndVerify } from "./edit-and-verify.ts"
import type { EditOutcome, VerifyOptions } from "./edit-outcome.ts"
import { editDevice } from "./edit-device.ts"
import { getCycleUsage, getDevice } from "./read-device.ts"

/** The devices of the account. */
export interface DevicesEndpoint {
  /** Lists devices changed since an instant, oldest change first. Under changes it can miss devices: see `scan`. */
  search(query: DeviceQuery, options?: ListOptions): Paged<DeviceSummary>
  /** Lists devices without missing any, in batches, and returns a certificate. */
  scan(options: ScanOptions): AsyncGenerator<ScanBatch, ScanCertificate, void>
  /** @throws {JasperError} `request.not_found` with `carrierCode` `20000001` for an unknown ICCID. */
  get(iccid: string, options?: CallOptions): Promise<DeviceDetails>
  /**
   * Sends one edit, once.
   *
   * @throws {JasperError} `outcome.unknown` when the answer was lost; it is never resent.
   */
  edit(iccid: string, fields: DeviceEdit, options?: CallOptions): Promise<EditReceipt>
  /** Sends one edit, once, and reads back until the new values show or the deadline passes. */
  editAndVerify(iccid: string, fields: DeviceEdit, options?: VerifyOptions): Promise<EditOutcome>
  /** Usage of one device since the start of the billing cycle. */
  cycleUsage(iccid: string, options?: CallOptions): Promise<CycleUsage>
  /** Usage of one device by zone, in one of the last three cycles. */
  zoneUsage(iccid: string, query?: ZoneUsageQuery): Promise<ZoneUsage>
  /** The current or last data session of one device. */
  session(iccid: string, options?: CallOptions): Promise<Session>
  /** What was changed on one device, newest first. */
  auditTrail(iccid: string, query?: AuditQuery): Paged<AuditEntry>
  /** Where one device was. */
  locations(iccid: string, query?: LocationQuery): Paged<Location>
}

/** The devices of the account, over one caller. */
export function createDevicesEndpoint(call: Caller, clock: Clock): DevicesEndpoint {
  return {
    search: (query, options) =>
      createPaged(call, { path: "/devices", query: deviceQueryParams(query), read: readDevicePage }, options),
    scan: (options) => scanDevices(call, clock, options),
    get: (iccid, options) => getDevice(call, iccid, options),
    edit: (iccid, fields, options) => editDevice(call, iccid, fields, options),
    editAndVerify: (iccid, fields, options) => editAndVerify(call, clock, iccid, fields, options),
    cycleUsage: (iccid, options) => getCycleUsage(call, iccid, options),
    zoneUsage: (iccid, query) => getZoneUsage(call, iccid, query),
    session: (iccid, options) => getSession(call, iccid, options),
    auditTrail: (iccid, query) => listAuditTrail(call, iccid, query),
    locations: (iccid, query) => listLocations(call, iccid, query),
  }
}
