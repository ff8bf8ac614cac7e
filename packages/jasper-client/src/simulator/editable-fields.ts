/** The numbered custom fields of one owner. */
function numbered(owner: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${owner}Custom${i + 1}`)
}

/** Every custom field, in the order in which device details list them. */
export function customFieldNames(): readonly string[] {
  return [...numbered("operator", 5), ...numbered("account", 10), ...numbered("customer", 5)]
}

/** Whether a name is that of a custom field. */
export function isCustomField(name: string): boolean {
  return /^(?:account|operator|customer)Custom\d{1,2}$/.test(name) && customFieldNames().includes(name)
}

const PLAIN_FIELDS: readonly string[] = [
  "status",
  "ratePlan",
  "communicationPlan",
  "customer",
  "deviceID",
  "modemID",
  "overageLimitOverride",
]

/** Whether a device edit may set this field. */
export function isEditable(name: string): boolean {
  return PLAIN_FIELDS.includes(name) || isCustomField(name)
}
