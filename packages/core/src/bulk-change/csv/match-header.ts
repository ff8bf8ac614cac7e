import { parseCsvLine } from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import type { DeviceFileColumn, DeviceFileField, DeviceFileHeader } from "./device-file.ts"

// The names that files in use carry, without blanks, signs and case.
const ALIASES: Readonly<Record<DeviceFileField, readonly string[]>> = {
  device: ["device", "deviceid", "identifier", "sim", "subscriber", "subscribernumber"],
  iccid: ["iccid", "oldiccid", "simnumber", "simcardnumber"],
  imei: ["imei", "oldimei"],
  msisdn: ["msisdn", "phonenumber", "mdn", "ctn"],
  eid: ["eid"],
  newIccid: ["newiccid"],
  newImei: ["newimei"],
  status: ["status", "devicestatus", "newstatus", "updatestatus"],
  carrierRatePlan: ["carrierrateplan", "rateplan", "rateplancode", "carrierrateplancode"],
  communicationPlan: ["communicationplan", "commplan", "newcommplan"],
  customerRatePlan: ["customerrateplan", "customerrateplanid", "customerrateplancode"],
  customerRatePool: ["customerratepool", "customerpool", "customerpoolid", "customerratepoolid", "pool"],
  customerDataAllocationMB: ["customerdataallocationmb", "dataallocationmb", "allocationmb"],
  customer: ["customer", "customerid", "accountnumber", "revcustomerid"],
  site: ["site", "siteid"],
  userName: ["username", "contactname"],
  effectiveDate: ["effectivedate"],
}

const FIELD_OF = new Map(
  Object.entries(ALIASES).flatMap(([field, names]) => names.map((name) => [name, field as DeviceFileField] as const)),
)

const IDENTIFIERS: ReadonlySet<DeviceFileField | null> = new Set(["device", "iccid", "imei", "msisdn", "eid"])

/** The delimiters, in the order in which the first one found counts; a blank only where no other is. */
const DELIMITERS = [",", "\t", ";", " "]

/**
 * What the columns of a file mean, from its first line that is not blank. Names match whatever their case, blanks and
 * signs. A first line of digits is no header: such a file is a bare list, one device a line, with a second identifier
 * after a comma, a tab or a blank if need be.
 *
 * @throws {CoreError} `input.invalid`, field `header`: no column names the device, two columns mean the same, or the line
 *   cannot be read.
 */
export function matchHeader(line: string): DeviceFileHeader {
  const delimiter = firstDelimiterIn(line)
  const parsed = parseCsvLine(line, delimiter)
  if (parsed.fault !== undefined) throw refused("its quotes do not match")
  const names = parsed.fields.map((name) => name.trim())
  if (isBareList(names)) {
    return {
      delimiter,
      text: null,
      columns: ["device", "imei"].map((field) => ({ name: field, field: field as DeviceFileField })),
    }
  }
  // A blank parts the columns of a bare list only: `Rate Plan` is one name.
  if (delimiter === " ") return checked({ delimiter: ",", text: line, columns: [columnOf(line.trim())] })
  return checked({ delimiter, text: line, columns: names.map(columnOf) })
}

/** What parts the fields of a line: the header's delimiter, or in a bare list the line's own. */
export function delimiterOf(header: DeviceFileHeader, line: string): string {
  return header.text === null ? firstDelimiterIn(line) : header.delimiter
}

function firstDelimiterIn(line: string): string {
  return DELIMITERS.find((candidate) => line.trim().includes(candidate)) ?? ","
}

function isBareList([first = ""]: readonly string[]): boolean {
  return /^[='"]*\d[\d.]*(?:E\+?\d+)?"?$/i.test(first)
}

function columnOf(name: string): DeviceFileColumn {
  return { name, field: FIELD_OF.get(name.toLowerCase().replaceAll(/[^a-z]/g, "")) ?? null }
}

function checked(header: DeviceFileHeader): DeviceFileHeader {
  const known = header.columns.flatMap(({ field }) => (field === null ? [] : [field]))
  if (!known.some((field) => IDENTIFIERS.has(field))) {
    throw refused("no column names the device; call one of them iccid, msisdn, imei, eid or device")
  }
  const repeated = known.find((field, at) => known.indexOf(field) !== at)
  if (repeated !== undefined) throw refused(`more than one column means ${repeated}`)
  return header
}

function refused(why: string): CoreError {
  return new CoreError("input.invalid", `Cannot read the file's header: ${why}`, { field: "header" })
}
