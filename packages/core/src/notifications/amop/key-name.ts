/** The word by which AMOP 2.0 knows a sync of each kind of carrier. */
const KEY_NAMES: Readonly<Record<string, string>> = {
  Jasper: "jasper_devices",
  POD19: "jasper_devices",
  TMobileJasper: "jasper_devices",
  Rogers: "jasper_devices",
  ThingSpace: "thingspace_devices",
  Telegence: "telegence_devices",
  eBonding: "ebonding_devices",
  Teal: "teal_devices",
  Pond: "pond_inventories",
}

/** `undefined` for a kind of carrier that AMOP 2.0 has no word for. */
export function keyNameOf(integrationType: string): string | undefined {
  return Object.hasOwn(KEY_NAMES, integrationType) ? KEY_NAMES[integrationType] : undefined
}
