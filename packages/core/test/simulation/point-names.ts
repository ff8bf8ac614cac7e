import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { FaultPoint } from "../../src/testing/mod.ts"

const SOURCES = join(import.meta.dirname, "../../src")

/** Names that the simulated pipeline cannot reach, and why. */
export const NOT_IN_THE_SIMULATION: Readonly<Record<string, string>> = {
  "bulk-change.callback": "this carrier calls nobody back; the tests of bulk change do",
  "bulk-change.recheck": "a verb of the operator",
  "bulk-change.retry": "a verb of the operator",
  "bulk-change.retention": "the name of a schedule, not of a unit",
  "bulk-change.set-retention": "a setting of a tenant",
  "bulk-change.archive": "a verb of the host, for old bulk changes",
  "bulk-change.delete-archived": "a verb of the host, for old bulk changes",
  "bulk-change.delete": "a verb of the operator",
  "bulk-change.resign-log": "a verb of the operator, when the sealing key is replaced",
  "bulk-change.restore": "a verb of the operator",
  "bulk-change.cut-log": "a verb of the host, for old bulk changes",
  "bulk-change.remove-entries": "a verb of the host, for old bulk changes",
  "bulk-change.remove-rows": "a verb of the host, for old bulk changes",
  "bulk-change.mark-removed": "a verb of the host, for old bulk changes",
  "bulk-change.keep-file": "no file is handed in; the tests of device files crash there",
  "bulk-change.keep-file-lines": "no file is handed in; the tests of device files crash there",
  "bulk-change.spool": "no JSON text is handed in; the tests of JSON requests crash there",
  "bulk-change.drop-spool": "no JSON text is handed in; the tests of JSON requests crash there",
  "jobs.archive": "a verb of the host, for old jobs",
  "jobs.forget": "a verb of the host, for old jobs",
  "jobs.forget-messages": "a verb of the host, for old messages",
  "jobs.pause": "a verb of the operator",
  "jobs.receive": "no messages come in; the tests of messages lose its answer",
  "jobs.redrive": "jobs that are given up are followed by new ones, as their rooms ask for",
  "jobs.resume": "a verb of the operator",
  "jobs.schedule": "there is no schedule",
  "finalize.await-details": "the provider does not prorate; the tests of a real sync fail there",
  "finalize.store-details": "the provider does not prorate; the tests of a real sync fail there",
  "finalize.reconcile": "no device is archived, and no provider has a default site",
  "inventory.import": "a verb of the operator",
  "inventory.set-optimization-group": "there are no Mobility lines",
  "inventory.set-rate-plan-terms": "the price list says all",
  "optimization.start-customer-session": "nobody optimizes customers",
  "optimization.begin-session": "no messages come in",
  "optimization.cancel": "nobody cancels a session here; its own tests do, at every unit",
  "optimization.delete": "nobody deletes a session",
  "notifications.add-endpoint": "a verb of the operator",
  "notifications.delete-endpoint": "a verb of the operator",
  "notifications.reseal": "a verb of the platform's owner",
  "notifications.rotate-secret": "a verb of the operator",
  "notifications.set-deliverer": "a verb of the operator",
  "notifications.set-endpoint": "a verb of the operator",
  "providers.create": "the tenants are there before the simulation begins",
  "providers.update": "no settings are changed",
  "inventory.create-site": "no customers are saved",
  "inventory.ensure-customer-rate-pool": "no customers are saved",
  "inventory.save-customer": "no customers are saved",
  "inventory.save-customer-rate-plan": "no customers are saved",
  "inventory.set-permitted-rate-plans": "the permitted plans are there before the simulation begins",
  "sync.cancel": "nobody cancels a sync here; the tests of sync do, at every unit",
  "sync.confirm-missing": "too few devices leave for a run to ask; the tests of sync have it ask",
  "tenancy.create-api-key": "there is no HTTP door",
  "tenancy.create-tenant": "the tenants are there before the simulation begins",
  "providers.reseal": "a verb of the operator, when the sealing key is replaced",
  "providers.set-authentication": "its accounts have one authentication each",
  "providers.remove-authentication": "its accounts have one authentication each",
  "providers.remember-devices": "its accounts have one authentication each",
  "tenancy.audit-checkpoint": "nothing of the audit log is old enough to be removed",
  "tenancy.audit-remove": "nothing of the audit log is old enough to be removed",
  "tenancy.audit-resign": "a verb of the operator, when the sealing key is replaced",
  "tenancy.revoke-api-key": "there is no HTTP door",
  "tenancy.touch-api-key": "there is no HTTP door",
}

/** The calls of a carrier, as the port names them. */
const CARRIER_CALLS = ["list", "get", "ratePlans", "usage", "change", "readBack"] as const

let known: readonly string[] | undefined

/** Every name under which core's sources write a unit, call a carrier, or read. Names of units are literals. */
export function pointNames(): readonly string[] {
  if (known) return known
  const names = new Set<string>(["store.read", ...CARRIER_CALLS.map((call) => `carrier.${call}`)])
  for (const file of globSync("**/*.ts", { cwd: SOURCES })) {
    if (file.endsWith(".test.ts") || file.startsWith("testing")) continue
    const source = readFileSync(join(SOURCES, file), "utf8")
    // Where a name is given: to `unit` itself, or to the function that ends a job with one.
    for (const match of source.matchAll(/(?:unit\(|name:|finish\([^"}]*?)\s*(?:\{\s*name:\s*)?"([a-z-]+\.[a-z-]+)"/g)) {
      names.add(match[1] as string)
    }
  }
  known = [...names].sort()
  return known
}

/** Before and after everything that the simulation has to reach. */
export function reachablePoints(): readonly FaultPoint[] {
  return pointNames()
    .filter((name) => !(name in NOT_IN_THE_SIMULATION))
    .flatMap((name): FaultPoint[] => [`before:${name}`, `after:${name}`])
}
