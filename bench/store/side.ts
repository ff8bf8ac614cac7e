/** One side of one row, in a process of its own: `side.ts ROW SIDE`. Prints what it measured. */
import { measure } from "./measure.ts"
import { ROWS, type Side } from "./rows.ts"

const [name, side] = process.argv.slice(2)
const row = ROWS.find((one) => one.name === name)
const work = row?.[side as Side]
if (!work) throw new Error(`There is no side ${side} of a row ${name}`)
if (side === "prepare") await work()
else console.log(JSON.stringify(await measure(work as () => Promise<number>)))
