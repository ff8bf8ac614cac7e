import * as v from "valibot"
import { CoreError } from "../errors/mod.ts"
import type { Statement } from "../store/mod.ts"
import { openSecret, sealSecret } from "../tenancy/mod.ts"
import type { Deliverer, Delivery, NotificationPlatform } from "./deliverer.ts"
import type { NotificationType } from "./event.ts"
import { settingContext } from "./secret-contexts.ts"
import { deleteSettings, selectSettings, upsertSettings } from "./statements.ts"

/**
 * Sets how a tenant is told by one deliverer, in the place of the platform's own settings; `null` goes back to those.
 * Stored sealed, and given back by nothing.
 *
 * @throws {CoreError} `input.invalid` with the field, for settings that do not fit, or a deliverer that is not wired or has
 *   none.
 */
export async function setDelivererSettings(
  core: NotificationPlatform & { readonly deliverers: readonly Deliverer[] },
  tenantId: string,
  name: string,
  settings: unknown,
): Promise<void> {
  const deliverer = core.deliverers.find((one) => one.name === name)
  if (!deliverer?.checkSettings) {
    throw new CoreError("input.invalid", "Cannot set up the deliverer: there is none of this name with settings", {
      field: "deliverer",
    })
  }
  const statement =
    settings === null
      ? deleteSettings(tenantId, name)
      : upsertSettings({
          tenantId,
          deliverer: name,
          sealed: await sealSecret(
            core.sealingKey,
            JSON.stringify(deliverer.checkSettings(settings)),
            settingContext(tenantId, name),
          ),
          updatedAt: core.runtime.clock.now(),
        })
  await core.store.unit({ name: "notifications.set-deliverer" }, [statement])
}

/** A deliverer that has one receiver, and settings: the tenant's, or else the platform's. */
export interface SettledDeliverer<S> {
  readonly name: string
  readonly takes: readonly NotificationType[]
  readonly settings: v.GenericSchema<unknown, S>
  /** Of the platform, for every tenant without settings of its own. */
  readonly platformSettings: S | undefined
  deliver(delivery: Delivery, settings: S): Promise<readonly Statement[]>
}

/**
 * Makes a deliverer of one that needs settings; without any it is off.
 *
 * @throws {CoreError} `input.invalid` with the field, for platform settings that do not fit.
 */
export function withSettings<S>(spec: SettledDeliverer<S>): Deliverer {
  const { name, takes } = spec
  const check = (settings: unknown): S => {
    const checked = v.safeParse(spec.settings, settings)
    if (checked.success) return checked.output
    // What was given may be a secret: only the field is named.
    throw new CoreError("input.invalid", `Cannot set up ${name}: its settings do not fit`, {
      field: v.getDotPath(checked.issues[0]) ?? "settings",
    })
  }
  const platform = spec.platformSettings === undefined ? undefined : check(spec.platformSettings)
  const settingsOf = async (core: NotificationPlatform, tenantId: string): Promise<S | undefined> => {
    const sealed = await core.store.read((db) => selectSettings(db, tenantId, name))
    if (sealed === undefined) return platform
    return check(JSON.parse(await openSecret(core.sealingKey, sealed, settingContext(tenantId, name))))
  }
  return {
    name,
    takes,
    checkSettings: check,
    async receiversOf(core, tenantId) {
      const settings = await settingsOf(core, tenantId)
      return settings === undefined ? { state: "off", reason: "it is not set up" } : { state: "on", receivers: [""] }
    },
    async deliver(delivery) {
      const settings = await settingsOf(delivery, delivery.tenantId)
      return settings === undefined ? [] : spec.deliver(delivery, settings)
    },
  }
}

/** An address to call: encrypted, except on the machine itself. */
export const outboundUrl: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.check((text) => {
    const url = URL.parse(text)
    if (url === null || url.username !== "" || url.password !== "") return false
    const isLoopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname)
    return url.protocol === "https:" || (url.protocol === "http:" && isLoopback)
  }, "must be an https: URL without credentials"),
)

/** How long an answer may take, milliseconds. */
export const timeoutMs: v.GenericSchema<number | undefined, number> = v.optional(
  v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(60_000)),
  15_000,
)
