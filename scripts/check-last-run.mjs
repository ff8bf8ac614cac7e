// Holds the result of `npm start` to its promises: `node scripts/check-last-run.mjs [data folder]`, `.data` by default.
// Prints each broken promise and ends with 1. Besides the figures themselves it reads what the simulated carrier wrote
// down (carrier.journal) and the rows of the report (report.csv), so that no figure only has to agree with itself.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const COUNT = "count"
const DURATION = "duration"
// Micro-units of the currency, as decimal text because a fleet's sum may exceed a number's exact range.
const MONEY = "money"

// Money that may be negative.
const BALANCE = (value) => typeof value === "string" && /^(0|-?[1-9]\d*)$/.test(value)

const SHAPE = {
  version: (value) => value === 1,
  seed: (value) => ["number", "string"].includes(typeof value),
  devices: COUNT,
  faults: (value) => ["on", "off", true, false].includes(value),
  injected: {
    rateLimited: COUNT,
    serverErrors: COUNT,
    dropped: COUNT,
    lostReplies: COUNT,
    drifted: COUNT,
    silentNoOps: COUNT,
  },
  sync: {
    calls: COUNT,
    pages: COUNT,
    rows: COUNT,
    duplicates: COUNT,
    rounds: COUNT,
    scope: (value) => ["all", "month", "since"].includes(value),
    certified: (value) => typeof value === "boolean",
    ms: DURATION,
  },
  promotion: { inserted: COUNT, updated: COUNT, unchanged: COUNT, missing: COUNT },
  optimization: {
    groups: COUNT,
    problems: COUNT,
    currentCost: MONEY,
    perSimCheapestCost: MONEY,
    sequencesCost: (value) => value === null || isOfKind(MONEY, value),
    cost: MONEY,
    lowerBound: MONEY,
    gap: (value) => Number.isFinite(value) && value >= 0,
    moves: COUNT,
    ms: DURATION,
  },
  reconcile: {
    predictedSaving: BALANCE,
    plannedSaving: BALANCE,
    appliedSaving: BALANCE,
    missing: Object.fromEntries(
      ["heldBack", "refused", "stale", "failed", "unknown", "cancelled", "open", "unexplained"].map((why) => [
        why,
        { devices: COUNT, saving: BALANCE },
      ]),
    ),
    state: (value) => ["explained", "unexplained"].includes(value),
    canary: (value) => ["passed", "failed", "off"].includes(value),
  },
  apply: { planned: COUNT, processed: COUNT, failed: COUNT, unknown: COUNT, verified: COUNT, ms: DURATION },
  totalMs: DURATION,
}

/** The largest gap between the cost and its proven lower bound. */
const MAX_GAP = 0.001

/** Whatever a browser would fetch from elsewhere to show a page. */
const OUTSIDE_RESOURCE =
  /<(?:script|link|img|iframe|source)\b[^>]*\s(?:src|href)=["']?(?!data:|#)[^"'\s>]+|@import\b|url\(["']?https?:/i

/**
 * What is wrong with the shape of a `last-run.json`: each missing, extra or malformed field by its path.
 *
 * @param {unknown} run
 * @returns {string[]}
 */
export function shapeFaults(run, shape = SHAPE, path = "") {
  if (typeof run !== "object" || run === null) return [`${path || "the file"} is no object`]
  const extra = Object.keys(run).filter((key) => !(key in shape))
  const faults = extra.map((key) => `${path}${key} is not part of the format`)
  for (const [key, expected] of Object.entries(shape)) {
    const at = `${path}${key}`
    const value = run[key]
    if (value === undefined) faults.push(`${at} is missing`)
    else if (typeof expected === "object") faults.push(...shapeFaults(value, expected, `${at}.`))
    else if (!(typeof expected === "function" ? expected(value) : isOfKind(expected, value))) {
      faults.push(`${at} is malformed: ${JSON.stringify(value)}`)
    }
  }
  return faults
}

/**
 * What a well-formed run did not keep of what a run promises.
 *
 * @returns {string[]}
 */
export function promiseFaults(run) {
  const { injected, sync, optimization, apply } = run
  const faults = []
  const expect = (kept, fault) => kept || faults.push(fault)

  if (run.faults === "on" || run.faults === true) {
    for (const [kind, count] of Object.entries(injected)) expect(count > 0, `no fault of the kind ${kind} was injected`)
  }
  expect(sync.certified, "the sync is not certified")
  expect(sync.scope === "all", `the sync covered ${sync.scope}, not all devices`)
  expect(
    apply.failed + apply.unknown >= injected.silentNoOps,
    `${injected.silentNoOps} changes silently did nothing, but only ${apply.failed + apply.unknown} are named as failed or unknown`,
  )
  expect(apply.verified <= apply.planned, `${apply.verified} changes were verified, but ${apply.planned} were planned`)

  const { predictedSaving, appliedSaving, missing } = run.reconcile
  const explained = Object.values(missing).reduce((sum, { saving }) => sum + BigInt(saving), 0n)
  expect(
    BigInt(predictedSaving) - BigInt(appliedSaving) === explained,
    `${predictedSaving} were predicted and ${appliedSaving} applied, but ${explained} are named as missing`,
  )
  expect(
    predictedSaving === String(BigInt(optimization.currentCost) - BigInt(optimization.cost)),
    `the prediction ${predictedSaving} is not what the optimization saves`,
  )
  expect(BigInt(run.reconcile.plannedSaving) >= 0n, "the plan costs more than no change")

  const cost = BigInt(optimization.cost)
  const lowerBound = BigInt(optimization.lowerBound)
  expect(lowerBound <= cost, `the lower bound ${lowerBound} is above the cost ${cost}`)
  for (const rival of ["currentCost", "perSimCheapestCost", "sequencesCost"]) {
    const value = optimization[rival]
    if (value !== null) expect(cost <= BigInt(value), `the optimized cost ${cost} is above ${rival} ${value}`)
  }
  const gap = Number(cost - lowerBound) / Math.max(1, Number(lowerBound))
  expect(Math.abs(gap - optimization.gap) <= 1e-9, `the gap is given as ${optimization.gap}, and is ${gap}`)
  expect(gap <= MAX_GAP, `the gap ${gap} is above ${MAX_GAP}`)
  return faults
}

/**
 * In how many devices the carrier's rate plan is the one that was last asked for, by the carrier's own journal.
 *
 * @param {string} journal One JSON entry a line, oldest first.
 * @returns {number}
 */
export function countChangedAtCarrier(journal) {
  const asked = new Map()
  const actual = new Map()
  for (const line of journal.split("\n")) {
    if (line === "") continue
    const { type, iccid, fields, effect } = JSON.parse(line)
    const ratePlan = fields?.ratePlan
    if (ratePlan === undefined) continue
    if (type === "write") asked.set(iccid, ratePlan)
    if (type === "drift" || effect === "applied") actual.set(iccid, ratePlan)
  }
  return [...asked].filter(([iccid, ratePlan]) => actual.get(iccid) === ratePlan).length
}

/**
 * The sum of a column of money in a CSV with a heading line, in micro-units.
 *
 * @param {string} csv RFC 4180; money with exactly six decimals.
 * @param {string} column
 * @returns {bigint}
 */
export function sumOfColumn(csv, column) {
  let at = -1
  let sum = 0n
  for (const fields of csvRows(csv)) {
    if (at < 0) {
      at = fields.indexOf(column)
      if (at < 0) throw new Error(`there is no column ${column}`)
    } else {
      const money = fields[at]
      if (!/^-?\d+\.\d{6}$/.test(money)) throw new Error(`${money} is not an amount with six decimals`)
      sum += BigInt(money.replace(".", ""))
    }
  }
  return sum
}

function* csvRows(csv) {
  let fields = []
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === "" && fields.length === 0 && !quoted && !plain) return
    fields.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === ",") continue
    yield fields
    fields = []
  }
}

function isOfKind(kind, value) {
  if (kind === MONEY) return typeof value === "string" && /^(0|[1-9]\d*)$/.test(value)
  if (kind === COUNT) return Number.isSafeInteger(value) && value >= 0
  return Number.isFinite(value) && value >= 0
}

function checkFolder(folder) {
  let run
  try {
    run = JSON.parse(readFileSync(join(folder, "last-run.json"), "utf8"))
  } catch (error) {
    return [`last-run.json cannot be read: ${error.message}`]
  }
  const faults = shapeFaults(run)
  if (faults.length > 0) return faults
  faults.push(...promiseFaults(run))
  const saving = BigInt(run.optimization.currentCost) - BigInt(run.optimization.cost)
  const comparisons = [
    ["carrier.journal", "changes verified", run.apply.verified, (text) => countChangedAtCarrier(text)],
    ["report.csv", "micro-units saved", saving, (text) => sumOfColumn(text, "saving")],
  ]
  for (const [file, what, claimed, count] of comparisons) {
    try {
      const counted = count(readFileSync(join(folder, file), "utf8"))
      if (counted !== claimed) faults.push(`${claimed} ${what} are claimed, ${file} has ${counted}`)
    } catch (error) {
      faults.push(`${file} cannot be used: ${error.message}`)
    }
  }
  try {
    const outside = readFileSync(join(folder, "report.html"), "utf8").match(OUTSIDE_RESOURCE)
    if (outside !== null) faults.push(`report.html is not self-contained: ${outside[0]}`)
  } catch (error) {
    faults.push(`report.html cannot be used: ${error.message}`)
  }
  return faults
}

// Not `import.meta.main`, which Node 20 does not have: there the check would pass by never running.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? ".data"
  const faults = checkFolder(folder)
  for (const fault of faults) console.error(`last-run.json: ${fault}`)
  console.log(`${join(folder, "last-run.json")}: ${faults.length === 0 ? "as promised" : `${faults.length} faults`}`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
