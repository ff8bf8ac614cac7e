import {
  createJasperClient,
  type DeviceDetails,
  type DeviceSummary,
  isJasperError,
  type JasperClient,
  type JasperClientOptions,
  type PageCheckpoint,
  type ScanCheckpoint,
} from "@altaworx/jasper-client"
import type {
  Carrier,
  CarrierCapabilities,
  ListedDevice,
  ListedUsage,
  Runtime,
  ScanBatch,
  ScanCertificate,
  ScanRequest,
  UsageBatch,
  UsageRequest,
} from "../../ports/mod.ts"
import { isCompleted } from "./audit.ts"
import { CONTROL_CENTER_FAMILY, type ControlCenterCapabilities, type ControlCenterType } from "./capabilities.ts"
import { fieldsOf, shows, toEdit, type UsernameField } from "./changes.ts"
import { toChangeAnswer, toCoreError } from "./failures.ts"
import { toListedRatePlan } from "./rate-plan.ts"
import { statusOf } from "./status.ts"

/** A Control Center account. */
export interface ControlCenterAccount {
  readonly baseUrl: string
  readonly username: string
  readonly apiKey: string
}

/** How an account may be called; what is left out is the carrier's documented value. */
export interface ControlCenterSettings
  extends Pick<JasperClientOptions, "backoff" | "hooks" | "limiter" | "attemptTimeoutMs"> {
  readonly callsPerSecond?: number
  /** How long a write may stay invisible to reads, milliseconds. @default 300000 */
  readonly readBackDeadlineMs?: number
  /** How much before the first page a scan begins to catch up, milliseconds. @default 2000 */
  readonly scanMarginMs?: number
  /** Which of the family it is. @default "Jasper" */
  readonly integrationType?: ControlCenterType
  /** Which field of a device holds its user name. @default "deviceID" */
  readonly usernameField?: UsernameField
}

/**
 * Opens a Control Center account as a carrier.
 *
 * @example
 * ```ts
 * import { controlCenter } from "@altaworx/core/carriers/control-center"
 * import { systemRuntime } from "@altaworx/core/ports"
 *
 * const account = { baseUrl: "https://restapi1.jasper.com", username: "u", apiKey: "k" }
 * const carrier = controlCenter(account, systemRuntime())
 * console.log(carrier.capabilities.deviceIdentifier) // "iccid"
 * ```
 */
export function controlCenter(
  account: ControlCenterAccount,
  runtime: Runtime,
  settings: ControlCenterSettings = {},
): Carrier {
  const capabilities = narrow(CONTROL_CENTER_FAMILY[settings.integrationType ?? "Jasper"], settings)
  const { backoff, hooks, limiter, attemptTimeoutMs, usernameField = "deviceID" } = settings
  const client = createJasperClient({
    ...account,
    fetch: (request) => runtime.fetch(request),
    clock: runtime.clock,
    random: runtime.random,
    callsPerSecond: capabilities.callsPerSecond.value,
    concurrency: capabilities.concurrency.value,
    ...(backoff && { backoff }),
    ...(hooks && { hooks }),
    ...(limiter && { limiter }),
    ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
  })
  return {
    capabilities,
    list: (request) => list(client, request, settings),
    usage: (request) => usage(client, request),
    async get(carrierDeviceId, options) {
      try {
        return toRead(await client.devices.get(carrierDeviceId, options), usernameField)
      } catch (error) {
        if (isJasperError(error, "request.not_found")) return undefined
        throw toCoreError(error)
      }
    },
    async ratePlans(options) {
      const plans = []
      try {
        for await (const plan of client.ratePlans.list(options)) plans.push(toListedRatePlan(plan))
      } catch (error) {
        throw toCoreError(error)
      }
      return plans
    },
    async change(intent, options) {
      try {
        const receipt = await client.devices.edit(intent.carrierDeviceId, toEdit(intent, usernameField), options)
        return receipt.isDeferred
          ? { outcome: "pending", code: null, text: "The carrier accepted the change for later" }
          : { outcome: "applied", code: null, text: "The carrier accepted the change" }
      } catch (error) {
        return toChangeAnswer(error)
      }
    },
    async readBack(intent, options) {
      try {
        const details = await client.devices.get(intent.carrierDeviceId, options)
        const device = toRead(details, usernameField)
        const isShown = shows(details, intent, usernameField)
        const isAudited = intent.changeType === "EditUsername" && capabilities.auditsFieldEdits.value
        if (isShown && isAudited && !(await isCompleted(client, intent, options))) {
          return {
            outcome: "pending",
            code: null,
            text: "The device shows the change, its audit trail not yet",
            device,
          }
        }
        return isShown
          ? { outcome: "applied", code: null, text: "The carrier shows the change", device }
          : { outcome: "pending", code: null, text: "The carrier does not show the change yet", device }
      } catch (error) {
        if (isJasperError(error, "request.not_found")) {
          return {
            outcome: "refused",
            code: error.carrierCode ?? error.code,
            text: "The carrier does not know the device",
          }
        }
        throw toCoreError(error)
      }
    },
  }
}

function narrow(capabilities: ControlCenterCapabilities, settings: ControlCenterSettings): ControlCenterCapabilities {
  const set = (value: number | undefined, fact: CarrierCapabilities["callsPerSecond"]) =>
    value === undefined ? fact : { ...fact, value, source: "Account settings" }
  return {
    ...capabilities,
    callsPerSecond: set(settings.callsPerSecond, capabilities.callsPerSecond),
    readBackDeadlineMs: set(settings.readBackDeadlineMs, capabilities.readBackDeadlineMs),
  }
}

async function* list(
  client: JasperClient,
  request: ScanRequest,
  settings: ControlCenterSettings,
): AsyncGenerator<ScanBatch, ScanCertificate, void> {
  const scan = client.devices.scan({
    // Where the caller says from when, that is it: the client's own month is counted from now and not from the run's start.
    scope: request.since === undefined ? request.scope : "since",
    countDistinct: request.countStored,
    stitch: request.mayMarkMissing ?? false,
    ...(settings.scanMarginMs !== undefined && { marginMs: settings.scanMarginMs }),
    ...(request.since !== undefined && { since: request.since }),
    ...(request.checkpoint !== undefined && { checkpoint: JSON.parse(request.checkpoint) as ScanCheckpoint }),
    ...(request.signal && { signal: request.signal }),
  })
  // The carrier's own `Date` before the list was read, less the margin; it goes with every checkpoint. 0 until it is known.
  let fence = request.checkpoint === undefined ? 0 : (JSON.parse(request.checkpoint) as ScanCheckpoint).fence
  try {
    for (;;) {
      const step = await scan.next()
      if (step.done) {
        const { certified, reason, method, calls, pages, rows, duplicates, sweeps, steps } = step.value
        const { startedAt, finishedAt, assumptions } = step.value
        const rounds = sweeps + steps
        return {
          certified,
          reason: reason ?? null,
          scope: request.scope,
          method,
          calls,
          pages,
          rows,
          duplicates,
          rounds,
          startedAt,
          finishedAt,
          ...(fence > 0 && { carrierStartedAt: fence }),
          assumptions,
        }
      }
      const { rows, checkpoint, progress } = step.value
      fence = checkpoint.fence
      yield {
        rows: rows.map(toListed),
        checkpoint: JSON.stringify(checkpoint),
        pagesRead: progress.pagesRead,
        pagesExpected: progress.pagesExpected,
      }
    }
  } catch (error) {
    throw toCoreError(error)
  } finally {
    await scan.return(undefined as never)
  }
}

interface UsageCheckpoint {
  readonly plan: number
  readonly version: number
  readonly page: PageCheckpoint | null
}

/** Reads each plan's usage, from its newest version down to 1: a plan that was changed keeps usage under the old ones. */
async function* usage(client: JasperClient, request: UsageRequest): AsyncGenerator<UsageBatch, void, void> {
  const from: UsageCheckpoint | undefined =
    request.checkpoint === undefined ? undefined : JSON.parse(request.checkpoint)
  let pagesRead = 0
  try {
    for (const [index, plan] of request.ratePlans.entries()) {
      if (from && index < from.plan) continue
      for (let version = plan.version; version >= 1; version--) {
        const resuming = from?.plan === index
        if (resuming && version > from.version) continue
        const resumeAt = resuming && version === from.version ? from.page : undefined
        if (resumeAt === null) continue
        const pages = client.usages
          .byRatePlan(plan.name, {
            ratePlanVersion: version,
            ...(resumeAt && { checkpoint: resumeAt }),
            ...(request.signal && { signal: request.signal }),
          })
          .pages()
        for await (const page of pages) {
          const part = (zone: string | null) => `${plan.name}/${version}/${zone ?? ""}`
          const checkpoint: UsageCheckpoint = { plan: index, version, page: page.checkpoint ?? null }
          yield {
            rows: page.items.map(
              ({ iccid, zone, dataBytes, smsCount }): ListedUsage => ({
                carrierDeviceId: iccid,
                part: part(zone),
                bytes: dataBytes,
                smsCount,
              }),
            ),
            checkpoint: JSON.stringify(checkpoint),
            pagesRead: ++pagesRead,
          }
        }
      }
    }
  } catch (error) {
    throw toCoreError(error)
  }
}

function toListed(device: DeviceSummary | DeviceDetails): ListedDevice {
  return {
    carrierDeviceId: device.iccid,
    iccid: device.iccid,
    status: statusOf(device.status),
    carrierStatus: device.status,
    ratePlan: device.ratePlan,
    communicationPlan: device.communicationPlan,
  }
}

/** A device that was read alone, with what its list does not tell. */
function toRead(device: DeviceDetails, usernameField: UsernameField): ListedDevice {
  const { msisdn, imei, eid, dateActivated: activatedAt } = device
  return { ...toListed(device), details: { msisdn, imei, eid, activatedAt, fields: fieldsOf(device, usernameField) } }
}
