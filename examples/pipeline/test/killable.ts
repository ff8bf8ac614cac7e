// The program with a kill switch: it ends itself by SIGKILL at the first point that the file KILLED_AT does not list yet,
// and adds that point to it before it dies. Without an unlisted point left it runs to its end.
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { faultPlan, faultyCarrier, faultyStore } from "@altaworx/core/testing"
import { main } from "../main.ts"

const file = process.env.KILLED_AT as string
const killed = new Set(existsSync(file) ? readFileSync(file, "utf8").split("\n") : [])

const plan = faultPlan({
  onPoint(point) {
    if (killed.has(point)) return
    appendFileSync(file, `${point}\n`)
    process.kill(process.pid, "SIGKILL")
  },
})

process.exit(
  await main(process.argv.slice(2), {
    wrapStore: (store) => faultyStore(store, plan),
    wrapCarrier: (carrier) => faultyCarrier(carrier, plan),
  }),
)
