import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Client, createClient } from "@libsql/client"
import type { AppCore } from "../src/mod.ts"
import { ensureBillingPeriod } from "@altaworx/core/inventory"
import { startOptimizationSession } from "@altaworx/core/optimization"
import { systemRuntime } from "@altaworx/core/ports"
import { createServiceProvider } from "@altaworx/core/providers"
import { openStore } from "@altaworx/core/store"
import { createApiKey, createTenant, importSealingKey } from "@altaworx/core/tenancy"

/** A core on a real store, and the ways around its doors that a test needs. */
export interface TestCore extends AppCore {
  /** Writes device rows as a sync would leave them. */
  addDevices(tenantId: string, devices: readonly TestDevice[]): Promise<void>
  /** Writes a plan of a session's moves that was carried out, as planning and reconciling leave it. */
  addApply(tenantId: string, sessionId: string): Promise<void>
  /** Gives an API key another role, known or not. */
  setRole(keyName: string, role: string): Promise<void>
  /** All rows of all tables, as one text. */
  dump(): Promise<string>
  /** The bytes of the database files. */
  files(): string
  [Symbol.dispose](): void
}

export interface TestDevice {
  readonly id: string
  readonly iccid: string
  readonly serviceProviderId: string
  readonly carrierDeviceId?: string
}

export const CANARIES = {
  apiKey: "canary-carrier-api-key-5b1f",
  bearer: "canary-bearer-key-9c2e",
  sealingKey: btoa("canary-sealing-key-of-32-bytes!!"),
} as const

export async function openTestCore(kind: "file" | "memory"): Promise<TestCore> {
  const folder = mkdtempSync(join(tmpdir(), "altaworx-http-"))
  const runtime = systemRuntime()
  const clients: Client[] = []
  const store = await openStore({
    url: kind === "memory" ? ":memory:" : `file:${join(folder, "test.db")}`,
    runtime,
    createClient(config) {
      const client = createClient(config)
      clients.push(client)
      return client
    },
  })
  const client = () => clients[0] as Client
  return {
    store,
    runtime,
    async addDevices(tenantId, devices) {
      await client().batch(
        devices.map(({ id, iccid, serviceProviderId, carrierDeviceId = iccid }) => ({
          sql: `INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status,
            carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
            VALUES (?, ?, ?, ?, ?, ?, 'active', 'ACTIVATED', 'Plan A', 'CP 1', 'h', 1000, 1767225600000)`,
          args: [tenantId, serviceProviderId, carrierDeviceId, id, iccid, iccid.slice(0, 19)],
        })),
        "write",
      )
    },
    async addApply(tenantId, sessionId) {
      const none = { deviceCount: 0, saving: "0" }
      const reasons = ["heldBack", "refused", "stale", "failed", "unknown", "cancelled", "open"]
      const reconciliation = {
        reconciledAt: 1767225600000,
        predictedSaving: "5",
        appliedSaving: "3",
        differences: Object.fromEntries(reasons.map((reason) => [reason, none])),
        unexplained: { deviceCount: 1, saving: "2" },
        unpricedCount: 0,
        state: "unexplained",
      }
      await client().execute({
        sql: `INSERT INTO optimization_apply (tenant_id, session_id, guard_rails, not_after, current_cost, session_cost,
          planned_cost, move_count, held_back, created_by, created_at, reconciliation)
          VALUES (?, ?, '{}', 1767225600000, '12', '7', '7', 4, '{}', 'anna', 1767225600000, ?)`,
        args: [tenantId, sessionId, JSON.stringify(reconciliation)],
      })
    },
    async setRole(keyName, role) {
      await client().execute({ sql: "UPDATE api_key SET role = ? WHERE name = ?", args: [role, keyName] })
    },
    async dump() {
      const { rows } = await client().execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
      const tables = await Promise.all(rows.map((row) => client().execute(`SELECT * FROM "${row.name as string}"`)))
      return JSON.stringify(tables.map((table) => table.rows))
    },
    files: () => ["test.db", "test.db-wal"].map((name) => readFileSync(join(folder, name), "latin1")).join("\n"),
    [Symbol.dispose]() {
      store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A tenant with a key, a provider and a started optimization session. */
export async function addTenant(core: AppCore, id: string, key?: string) {
  await createTenant(core, { id, name: `Tenant ${id}` })
  const { key: bearer } = await createApiKey(core, {
    tenantId: id,
    role: "viewer",
    name: "test",
    ...(key !== undefined && { key }),
  })
  const provider = await createServiceProvider(core, await importSealingKey(CANARIES.sealingKey), {
    tenantId: id,
    name: "Jasper",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example.com",
    username: "user",
    apiKey: CANARIES.apiKey,
    billingPeriodEndDay: 18,
    timeZone: "UTC",
  })
  const period = await ensureBillingPeriod(core, {
    tenantId: id,
    serviceProviderId: provider.id,
    schedule: { endDay: 18, endHour: 0, timeZone: "UTC" },
    at: Date.UTC(2026, 0, 10),
  })
  const sessionId = await startOptimizationSession(core, {
    tenantId: id,
    serviceProviderId: provider.id,
    billingPeriodId: period.id,
  })
  return { id, bearer, serviceProviderId: provider.id, sessionId, headers: { Authorization: `Bearer ${bearer}` } }
}

/** An ICCID of 20 digits, by number. */
export function iccidOf(number: number): string {
  return `8900${String(number).padStart(15, "0")}7`
}
