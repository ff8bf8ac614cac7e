/** Fields that a device file may carry, by the names they have in a request. */
export type DeviceFileField =
  | "device"
  | "iccid"
  | "imei"
  | "msisdn"
  | "eid"
  | "newIccid"
  | "newImei"
  | "status"
  | "carrierRatePlan"
  | "communicationPlan"
  | "customerRatePlan"
  | "customerRatePool"
  | "customerDataAllocationMB"
  | "customer"
  | "site"
  | "userName"
  | "effectiveDate"

/** One line of a device file that could be read. */
export interface DeviceFileRow {
  /** Of the file, from 1; its header counts. */
  readonly line: number
  /** The line as it was, for the file of failed rows. */
  readonly text: string
  /** Only fields that are not blank. */
  readonly values: Readonly<Partial<Record<DeviceFileField, string>>>
}

/** One line that could not; the lines after it are read all the same. */
export interface DeviceFileFault {
  readonly line: number
  readonly text: string
  /** Name of the column as the file has it, or `null` where the line as a whole is at fault. */
  readonly column: string | null
  readonly code: DeviceFileFaultCode
  /** For people: what is wrong and what to do. Holds no identifiers. */
  readonly reason: string
}

/** Stable. */
export type DeviceFileFaultCode =
  | "device_missing"
  | "digits_lost"
  | "identifier_invalid"
  | "line_too_long"
  | "not_utf8"
  | "open_quote"
  | "quote_inside_field"
  | "too_many_fields"

/** A header, then one entry for each line that is not blank. */
export type DeviceFileEntry =
  | { readonly kind: "header"; readonly header: DeviceFileHeader }
  | ({ readonly kind: "row" } & DeviceFileRow)
  | ({ readonly kind: "fault" } & DeviceFileFault)

/** What the columns of a file mean. */
export interface DeviceFileHeader {
  /** Of a bare list that of its first line: each line may have its own. */
  readonly delimiter: string
  /** The header line, or `null` for a bare list of identifiers. */
  readonly text: string | null
  readonly columns: readonly DeviceFileColumn[]
}

export interface DeviceFileColumn {
  /** As the file has it. */
  readonly name: string
  /** `null` for a column that is not known: it is carried along and not read. */
  readonly field: DeviceFileField | null
}
