/** What a device is, as far as a change concerns it, by name: `{ status: "active", ratePlan: "Flex 5MB" }`. */
export type DeviceValues = Readonly<Record<string, string | number | boolean | null>>
