const CORE = "packages/core/src"

/**
 * Places where the product is built wrong on purpose, and the tests that have to notice: a project, then parts of paths.
 *
 * @type {readonly { name: string, file: string, find: string, replace: string, tests: readonly string[] }[]}
 */
export const BREAKS = [
  {
    name: "fencing removed: a worker that lost its lease still writes",
    file: `${CORE}/store/fence.ts`,
    find: "CASE WHEN ${fence.holds} THEN '$' ELSE ${MARK} END",
    replace: "CASE WHEN (1 OR ${fence.holds}) THEN '$' ELSE ${MARK} END",
    tests: ["core", "test/jobs/leases"],
  },
  {
    name: "BUSY handled by a plain retry: acknowledged writes are lost",
    file: `${CORE}/store/connection.ts`,
    find: "await client.reconnect()",
    replace: "",
    tests: ["core", "test/store-locks"],
  },
  {
    name: "missing marked after a scan that does not prove it",
    file: `${CORE}/sync/mark-missing.ts`,
    find: 'run.certificate?.certified === true && run.certificate.scope === "all"',
    replace: "run.certificate !== null",
    tests: ["core", "test/sync/full-sync"],
  },
  {
    name: "readers do not wait for the publication: they see half a fleet",
    file: `${CORE}/inventory/reader-statements.ts`,
    find: "(SELECT p.unsettled_run_id FROM inventory_publication p\n  WHERE",
    replace: "(SELECT max(p.sync_run_id) FROM device_next p\n  WHERE",
    tests: ["core", "test/sync/killed-promotion"],
  },
  {
    name: "outbox written outside the unit: an event is told of a change that was not written",
    file: `${CORE}/jobs/completion.ts`,
    find: "  const next = done.flatMap(({ result }) => result.next ?? [])\n",
    replace: `  const told = enqueueJobs(platform.runtime, done.flatMap(({ result }) => result.next ?? []))
  void platform.store.unit({ name: "jobs.complete" }, told).catch(() => undefined)
  const next: [] = []
`,
    tests: ["core", "test/jobs/endings", "test/jobs/leases"],
  },
]
