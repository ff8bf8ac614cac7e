// A process that writes acknowledged rows one by one, for the regression test of the lock rule. It says on its output
// what happened: `open`, `locked` when a lock was met, `written <n>` at the end; then it lives until it is killed.
import { createClient as createPlainClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { systemRuntime } from "../../src/ports/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { createClient as createNodeClient } from "../../src/store/node/mod.ts"

const [url = "", count = "0", client = "plain"] = process.argv.slice(2)
const createClient = client === "node" ? createNodeClient : createPlainClient
const store = await openStore({
  url,
  runtime: systemRuntime(),
  createClient(config) {
    const client = createClient(config)
    const batch = client.batch.bind(client)
    return Object.assign(client, {
      batch: async (...args: Parameters<typeof batch>) => {
        try {
          return await batch(...args)
        } catch (error) {
          if ((error as { code?: string }).code === "SQLITE_BUSY") console.log("locked")
          throw error
        }
      },
    })
  },
})
console.log("open")
process.stdin.once("data", async () => {
  for (let i = 0; i < Number(count); i++) {
    await store.unit({ name: "test.add" }, [
      sql`INSERT INTO tenant (id, name, created_at) VALUES (${`row-${i}`}, 'T', 1)`,
    ])
  }
  console.log(`written ${count}`)
})
