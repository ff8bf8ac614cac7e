// The HTTP app on Node, for `npm run serve`. Its settings are environment variables: see settings.ts.
import { createApp } from "@altaworx/adapters-hono"
import { bulkChangeRetentionSchedule } from "@altaworx/core/bulk-change"
import { redact } from "@altaworx/core/tenancy"
import { backupJobs, openCore } from "./open-core.ts"
import { serveApp } from "./serve-app.ts"
import { readSettings, type Settings, StartError } from "./settings.ts"
import { runWorker } from "./worker.ts"

const GRACE_MS = 700

try {
  await run(readSettings(process.env))
  process.exit(0)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(`Cannot start: ${redact(error.message, secretsOf(process.env))}`)
  process.exit(2)
}

async function run(settings: Settings): Promise<void> {
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort())
  const backups = await backupJobs(settings)
  const opened = await openCore(settings)
  const core = { ...opened, handlers: [...opened.handlers, ...backups.handlers] }
  const report = (what: string, error: unknown) => {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    console.error(`${new Date().toISOString()} ${what} failed: ${redact(text, secretsOf(process.env))}`)
  }
  const app = createApp(core, {
    report: ({ requestId, method, path, status, error }) => report(`${requestId} ${method} ${path} ${status}`, error),
  })
  const server = settings.worker === "only" ? undefined : await serveApp(app, settings)
  console.log(`${server ? `Listening on ${server.url}` : "Running jobs"} (worker: ${settings.worker})`)
  if (settings.sealingKey === undefined) {
    console.error("SEALING_KEY is not set: carrier credentials stay shut and no jobs run (openssl rand -base64 32)")
  }
  const { signal } = stop
  const options = {
    signal,
    queues: settings.workerQueues,
    schedules: [...backups.schedules, bulkChangeRetentionSchedule()],
    report: (error: unknown) => report("Worker", error),
  }
  const working = settings.worker === "off" ? undefined : runWorker(core, options)

  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener("abort", () => resolve())
  })
  console.log("Stopping: no new requests, those under way are finished")
  // A job that does not stop in time is cut off: its lease lapses, and it is taken up again.
  const patience = new Promise((resolve) => setTimeout(resolve, GRACE_MS))
  await Promise.all([server?.stop(GRACE_MS), Promise.race([working, patience])])
  core.store.close()
  console.log("Stopped")
}

function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const names = ["BOOTSTRAP_API_KEY", "SEALING_KEY", "SEALING_KEYS_RETIRED", "DATABASE_AUTH_TOKEN"]
  return names.flatMap((name) => env[name]?.split(",") ?? [])
}
