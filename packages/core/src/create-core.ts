import { type BulkChange, bulkChangeHandlers, bulkChangeMessageHandler, bulkChangeMessages } from "./bulk-change/mod.ts"
import { CoreError } from "./errors/mod.ts"
import { type FinalizeSettings, finalizeHandlers, type IntegrationRules, syncFailedJob } from "./finalize/mod.ts"
import type { JobHost, MessageHost, MessageTranslator } from "./jobs/mod.ts"
import { type Deliverer, notificationHandlers } from "./notifications/mod.ts"
import {
  customerOptimizationMessages,
  endOptimizationJob,
  type OptimizationSettings,
  optimizationHandlers,
  optimizationMessages,
  optimizationSessionStatements,
  type Projection,
} from "./optimization/mod.ts"
import type { Carrier, CustomerSystem, Runtime } from "./ports/mod.ts"
import {
  credentialsVersion,
  getServiceProvider,
  joinAccounts,
  listIntegrationAuthentications,
  openCredentials,
  type OpenedAccount,
  type ProviderCredentials,
} from "./providers/mod.ts"
import type { Platform, Store } from "./store/mod.ts"
import { type SyncSettings, syncHandlers } from "./sync/mod.ts"
import type { SealingKey } from "./tenancy/mod.ts"
import { changesOfSessions, reconcileJobs } from "./wire-apply.ts"
import { bulkChangeEnded } from "./wire-bulk-change.ts"
import { failedRun, finalizeJob, syncsOfSessions } from "./wire-sync.ts"

/** Opens a carrier account: one function for each kind of carrier. */
export type Connector = (account: ProviderCredentials, runtime: Runtime) => Carrier

export interface CreateCoreOptions {
  readonly store: Store
  readonly runtime: Runtime
  /** Opens the providers' sealed credentials. */
  readonly sealingKey: SealingKey
  /** By integration type, for example `{ Jasper: controlCenter }`. */
  readonly connectors: Readonly<Record<string, Connector>>
  readonly sync?: Partial<SyncSettings>
  readonly finalize?: Partial<FinalizeSettings>
  /** What finalize does for carriers beside Control Center, by integration type. */
  readonly integrations?: Readonly<Record<string, IntegrationRules>>
  readonly optimization?: Partial<OptimizationSettings> & {
    /** How the usage of sessions that finalize starts is carried to the end of the period. @default "legacy" */
    readonly projection?: Projection
  }
  readonly bulkChange?: {
    /** Where a tenant's customers are kept, if not here. @default here */
    readonly customerSystemFor?: (tenantId: string) => Promise<CustomerSystem | undefined>
    /** Where people see a bulk change, for the news of its end. @default no link */
    readonly linkOf?: (change: BulkChange) => string
  }
  /** Who is told of what happens, and how. @default nobody */
  readonly deliverers?: readonly Deliverer[]
  /** Readers of message shapes of your own, beside those of the rooms; `receiveMessages` takes the messages in. */
  readonly translators?: readonly MessageTranslator[]
}

/** The platform with its carriers and its jobs wired together. */
export interface Core extends Platform, JobHost, MessageHost {
  readonly sealingKey: SealingKey
  readonly deliverers: readonly Deliverer[]
  /**
   * The opened carrier account of a provider. One for each provider, so that all its calls share one pace.
   *
   * @throws {CoreError} `input.not_found` for an unknown provider, `carrier.refused` where its integration type has no
   *   connector.
   */
  carrierFor(tenantId: string, serviceProviderId: string): Promise<Carrier>
}

/**
 * Joins store, carriers and rooms. The rooms know nothing of each other: each hands over to the next by a job, and which
 * job that is, is decided here.
 *
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { createCore } from "@altaworx/core"
 * import { controlCenter } from "@altaworx/core/carriers/control-center"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 * import { importSealingKey } from "@altaworx/core/tenancy"
 *
 * const runtime = systemRuntime()
 * const store = await openStore({ url: ":memory:", createClient, runtime })
 * const sealingKey = await importSealingKey(btoa("a key of thirty-two bytes, please"[0]?.repeat(32) ?? ""))
 * const core = createCore({ store, runtime, sealingKey, connectors: { Jasper: controlCenter } })
 * store.close()
 * console.log(core.handlers.length > 0) // true
 * ```
 */
export function createCore(options: CreateCoreOptions): Core {
  const { store, runtime, sealingKey, connectors, deliverers = [] } = options
  const platform: Platform = { store, runtime }
  const carrierFor = carrierCache(platform, sealingKey, connectors)
  const { projection, ...settings } = options.optimization ?? {}
  return {
    store,
    runtime,
    sealingKey,
    deliverers,
    carrierFor,
    handlers: [
      ...syncHandlers({
        carrierFor,
        afterSuccess: (run) => [finalizeJob(run)],
        afterFailure: ({ tenantId, id }, failure) => [syncFailedJob(tenantId, { syncRunId: id, ...failure })],
        ...(options.sync && { settings: options.sync }),
      }),
      ...finalizeHandlers({
        carrierFor,
        startOptimization: (context, request) =>
          optimizationSessionStatements(context, { ...request, ...(projection && { projection }) }),
        findRun: failedRun,
        endOptimization: endOptimizationJob,
        ...(options.finalize && { settings: options.finalize }),
        ...(options.integrations && { integrations: options.integrations }),
      }),
      ...optimizationHandlers({ settings, sync: syncsOfSessions, changes: changesOfSessions }),
      ...bulkChangeHandlers({
        carrierFor,
        sealingKey,
        afterDone: (change, counts) => [
          ...bulkChangeEnded(change, counts, options.bulkChange?.linkOf),
          ...reconcileJobs(change),
        ],
        ...(options.bulkChange?.customerSystemFor && { customerSystemFor: options.bulkChange.customerSystemFor }),
      }),
      bulkChangeMessageHandler(carrierFor, options.bulkChange?.customerSystemFor),
      ...notificationHandlers({ deliverers, sealingKey }),
    ],
    translators: [
      optimizationMessages,
      customerOptimizationMessages,
      bulkChangeMessages,
      ...(options.translators ?? []),
    ],
  }
}

function carrierCache(
  platform: Platform,
  sealingKey: SealingKey,
  connectors: Readonly<Record<string, Connector>>,
): Core["carrierFor"] {
  const opened = new Map<string, { readonly version: string; readonly carrier: Promise<Carrier> }>()
  return async (tenantId, serviceProviderId) => {
    const key = JSON.stringify([tenantId, serviceProviderId])
    const version = await credentialsVersion(platform, tenantId, serviceProviderId)
    const known = opened.get(key)
    if (known?.version === version) return known.carrier
    const carrier = connect(tenantId, serviceProviderId)
    opened.set(key, { version, carrier })
    // A failed connection is tried again by the next caller.
    carrier.catch(() => opened.get(key)?.carrier === carrier && opened.delete(key))
    return carrier
  }

  async function connect(tenantId: string, serviceProviderId: string): Promise<Carrier> {
    const provider = await getServiceProvider(platform, tenantId, serviceProviderId)
    const connector = connectors[provider.integrationType]
    if (!connector) {
      throw new CoreError(
        "carrier.refused",
        `Cannot reach the carrier: there is no connector for "${provider.integrationType}"`,
        {
          field: "integrationType",
        },
      )
    }
    const open = async (id: string): Promise<OpenedAccount> => ({
      authenticationId: id,
      carrier: connector(
        await openCredentials(platform, sealingKey, tenantId, serviceProviderId, id),
        platform.runtime,
      ),
    })
    const [own, ...others] = await listIntegrationAuthentications(platform, tenantId, serviceProviderId)
    const account = await open(own.id)
    if (others.length === 0) return account.carrier
    const accounts = await Promise.all(others.map(({ id }) => open(id)))
    return joinAccounts(platform, { tenantId, serviceProviderId }, [account, ...accounts])
  }
}
