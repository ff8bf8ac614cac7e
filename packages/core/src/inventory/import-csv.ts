import { parseCsvLine, parseDataVolume, parseMicroUnits, textLines } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import type { LineFacts, RatePlanTerms } from "./line-facts-statements.ts"
import { recordLineFacts, ratePlanTermsStatement } from "./line-facts.ts"
import { recordCommunicationPlan } from "./plans.ts"
import { permitRatePlan } from "./plan-statements.ts"

/** A file of the tenant's own data for one provider. */
export interface ImportCsvRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  /** CSV with a header line, in pieces of text or of bytes. */
  readonly file: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>
}

/** A line that was not taken over, and why. The others were. */
export interface ImportFault {
  /** From 1; the header is line 1. */
  readonly line: number
  readonly column: string | null
  readonly reason: string
}

export interface ImportResult {
  /** Lines that were taken over. */
  readonly imported: number
  readonly faults: readonly ImportFault[]
}

/**
 * Takes over which rate plans communication plans permit: one pair a line, columns `communicationPlan` and `ratePlan`. Pairs
 * are added; what was permitted before stays permitted. A communication plan that is not known yet is added.
 *
 * @throws {CoreError} `input.invalid`, field `header`, where a column is missing. Nothing was written.
 */
export function importPermittedRatePlans(core: Platform, request: ImportCsvRequest): Promise<ImportResult> {
  const { tenantId, serviceProviderId } = request
  return importLines(core, request, ["communicationPlan", "ratePlan"], (row) => {
    const communicationPlan = row.text("communicationPlan")
    return [
      recordCommunicationPlan(core, tenantId, serviceProviderId, communicationPlan),
      permitRatePlan(tenantId, serviceProviderId, communicationPlan, row.text("ratePlan")),
    ]
  })
}

/**
 * Takes over what the carrier's price list does not say of rate plans: column `ratePlan`, and of `monthly`, `rateCharge`,
 * `overageCost` and `smsCost` (decimals), `included` and `overageBlock` (such as `5 MB`), `smsIncluded` and `planType` those
 * that there are. An empty field leaves what is stored.
 *
 * @throws {CoreError} `input.invalid`, field `header`, where `ratePlan` is missing. Nothing was written.
 */
export function importRatePlanTerms(core: Platform, request: ImportCsvRequest): Promise<ImportResult> {
  return importLines(core, request, ["ratePlan"], (row) => {
    const money = (column: string) => row.optional(column, parseMicroUnits)
    const volume = (column: string) => row.optional(column, parseVolume)
    const planType = row.optional("planType", (text) => text)
    const terms: RatePlanTerms = {
      monthly: money("monthly"),
      rateCharge: money("rateCharge"),
      overageCost: money("overageCost"),
      smsCost: money("smsCost"),
      includedBytes: volume("included"),
      overageBlockBytes: volume("overageBlock"),
      smsIncluded: row.optional("smsIncluded", Number),
      ...(planType !== undefined && { planType }),
    }
    return [ratePlanTermsStatement(request, row.text("ratePlan"), terms)]
  })
}

/**
 * Takes over what no list of the carrier says of lines: column `device` (the carrier's identifier), and of `activatedAt` (an
 * ISO 8601 date, in UTC where it has no zone) and `optimizationGroup` those that there are. An empty field leaves what is
 * stored.
 *
 * @throws {CoreError} `input.invalid`, field `header`, where `device` is missing. Nothing was written.
 */
export function importLineFacts(core: Platform, request: ImportCsvRequest): Promise<ImportResult> {
  return importLines(core, request, ["device"], (row) => {
    const activatedAt = row.optional("activatedAt", parseDate)
    const optimizationGroup = row.optional("optimizationGroup", (text) => text)
    const facts: LineFacts = {
      carrierDeviceId: row.text("device"),
      ...(activatedAt !== undefined && { activatedAt }),
      ...(optimizationGroup !== undefined && { optimizationGroup }),
    }
    return [recordLineFacts(request, [facts])]
  })
}

interface Row {
  /** @throws {Refused} Where it is empty. */
  text(column: string): string
  /** `undefined` where the column is not there or empty. @throws {Refused} Where it cannot be read. */
  optional<T>(column: string, parse: (text: string) => T): T | undefined
}

/** What is wrong with one line. */
class Refused extends Error {
  readonly column: string
  constructor(column: string, reason: string) {
    super(reason)
    this.column = column
  }
}

const LINES_AT_ONCE = 200

async function importLines(
  core: Platform,
  { file }: ImportCsvRequest,
  required: readonly string[],
  /** The last of them returns a row where the line found what it is about: what its first required column names. */
  toStatements: (row: Row) => readonly Statement[],
): Promise<ImportResult> {
  let columns: ReadonlyMap<string, number> | undefined
  const faults: ImportFault[] = []
  let imported = 0
  let open: { readonly line: number; readonly statements: readonly Statement[] }[] = []
  const flush = async () => {
    if (open.length === 0) return
    const answers = await core.store.unit(
      { name: "inventory.import" },
      open.flatMap(({ statements }) => statements),
    )
    let at = 0
    for (const { line, statements } of open) {
      at += statements.length
      if ((answers[at - 1] ?? []).length > 0) imported++
      else faults.push({ line, column: required[0] ?? null, reason: "The provider has none of this name" })
    }
    open = []
  }
  for await (const { number: line, text, cut } of textLines(file)) {
    if (text.trim() === "") continue
    const parsed = parseCsvLine(text)
    const fields = parsed.fault === undefined ? parsed.fields : undefined
    if (columns === undefined) {
      columns = columnsOf(fields ?? [], required)
      continue
    }
    if (cut || fields === undefined) {
      faults.push({ line, column: null, reason: cut ? "The line is too long" : "Its quotes do not match" })
      continue
    }
    try {
      open.push({ line, statements: toStatements(rowOf(fields, columns)) })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      faults.push({ line, column: error.column, reason: error.message })
    }
    if (open.length >= LINES_AT_ONCE) await flush()
  }
  if (columns === undefined) columnsOf([], required)
  await flush()
  return { imported, faults: faults.toSorted((a, b) => a.line - b.line) }
}

/** Columns by their names, whatever their case, blanks and signs. */
const key = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, "")

function columnsOf(header: readonly string[], required: readonly string[]): ReadonlyMap<string, number> {
  const columns = new Map(header.map((name, at) => [key(name), at]))
  const missing = required.find((name) => !columns.has(key(name)))
  if (missing === undefined) return columns
  throw new CoreError("input.invalid", `Cannot import the file: it has no column ${missing}`, { field: "header" })
}

function rowOf(fields: readonly string[], columns: ReadonlyMap<string, number>): Row {
  const fieldOf = (column: string) => fields[columns.get(key(column)) ?? -1]?.trim() ?? ""
  return {
    text(column) {
      const text = fieldOf(column)
      if (text === "") throw new Refused(column, "It is empty")
      return text
    },
    optional(column, parse) {
      const text = fieldOf(column)
      if (text === "") return undefined
      const value = tryTo(() => parse(text))
      // Amounts, volumes and instants are whole and not negative.
      if (value === undefined || (typeof value === "number" && !(Number.isSafeInteger(value) && value >= 0))) {
        throw new Refused(column, "It cannot be read")
      }
      return value
    },
  }
}

function tryTo<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

function parseVolume(text: string): number {
  const [, amount = "", unit = ""] = /^([\d.]+)\s*([a-z]+)$/i.exec(text) ?? []
  return parseDataVolume(amount, unit)
}

function parseDate(text: string): number {
  const match = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text)
  if (!match) return Number.NaN
  return Date.parse(match[1] === undefined && text.length > 10 ? `${text.replace(" ", "T")}Z` : text)
}
