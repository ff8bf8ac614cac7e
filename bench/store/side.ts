/** One side of one row, in a process of its own: `side.ts ROW SIDE`. Prints what it measured. `side.ts worker URL BATCH` is its helper. */
import { measure, type SharedRate } from "./measure.ts"
import { workOnQueue } from "./queue-processes.ts"
import { ROWS, type Side } from "./rows.ts"

const [name, side, batch] = process.argv.slice(2)
if (name === "worker") await workOnQueue(side ?? "", Number(batch))
const row = ROWS.find((one) => one.name === name)
const work = row?.[side as Side]
if (!work) throw new Error(`There is no side ${side} of a row ${name}`)
if (side === "prepare") await work()
else console.log(JSON.stringify(await measure(work as () => Promise<number | SharedRate>)))
