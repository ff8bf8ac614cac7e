// The program with a kill switch. It ends itself by SIGKILL
//   at the first point that the file KILLED_AT does not list yet, adding it to the file before it dies, or
//   at the point KILL_AT, for example `after:carrier.change#37`: when it is reached for the 37th time.
// RECORD names a file that gets every point and how often it was reached, when the program runs to its end.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { faultPlan, faultyCarrier, faultyStore } from "@altaworx/core/testing"
import { runPipelineCommand } from "../command.ts"

const { KILLED_AT, KILL_AT, RECORD } = process.env
const killed = new Set(KILLED_AT && existsSync(KILLED_AT) ? readFileSync(KILLED_AT, "utf8").split("\n") : [])

const plan = faultPlan({
  onPoint(point, occurrence) {
    if (KILL_AT === `${point}#${occurrence}`) process.kill(process.pid, "SIGKILL")
    if (!KILLED_AT || killed.has(point)) return
    appendFileSync(KILLED_AT, `${point}\n`)
    process.kill(process.pid, "SIGKILL")
  },
})

const code = await runPipelineCommand(process.argv.slice(2), {
  wrapStore: (store) => faultyStore(store, plan),
  wrapCarrier: (carrier) => faultyCarrier(carrier, plan),
})
if (RECORD) writeFileSync(RECORD, JSON.stringify([...plan.points]))
process.exit(code)
