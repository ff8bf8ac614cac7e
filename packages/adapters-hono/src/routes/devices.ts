import { CoreError } from "@altaworx/core/errors"
import { findDevice, type ListDevicesRequest, listDevices } from "@altaworx/core/inventory"
import { authorize } from "@altaworx/core/tenancy"
import { Hono } from "hono"
import * as v from "valibot"
import type { AppCore, AppEnv } from "../app-env.ts"
import { checkQuery } from "../check-query.ts"
import { fromCursor, toCursor } from "../cursor.ts"
import { type DeviceView, deviceView, type Page } from "../views.ts"

/** Filters of the device list, as they are sent. */
export interface DeviceQuery {
  /** 1 to 1000. @default "100" */
  readonly limit?: string
  /** `nextCursor` of the page before. */
  readonly cursor?: string
  /** With or without its check digit. */
  readonly iccid?: string
  readonly serviceProviderId?: string
}

type CheckedDeviceQuery = Omit<DeviceQuery, "limit"> & { readonly limit: number }

const once = () => v.string("must be given once")
const DEVICE_QUERY: v.GenericSchema<DeviceQuery, CheckedDeviceQuery> = v.strictObject({
  limit: v.exactOptional(
    v.pipe(
      once(),
      v.regex(/^\d{1,4}$/, "must be a whole number from 1 to 1000"),
      v.transform(Number),
      v.minValue(1, "must be 1 or more"),
      v.maxValue(1_000, "must be 1000 or less"),
    ),
    "100",
  ),
  cursor: v.exactOptional(once()),
  iccid: v.exactOptional(once()),
  serviceProviderId: v.exactOptional(once()),
})

export function deviceRoutes(core: AppCore) {
  return new Hono<AppEnv>()
    .get("/", checkQuery(DEVICE_QUERY), async (c) => {
      authorize(c.var.identity, "inventory.read")
      const { limit, cursor, ...filter } = c.req.valid("query")
      const { tenantId } = c.var.identity
      const after = cursor === undefined ? "" : fromCursor(cursor)
      const request: ListDevicesRequest = { ...filter, tenantId, after, limit }
      const devices = await listDevices(core, request)
      const page: Page<DeviceView> = {
        items: devices.map(deviceView),
        nextCursor: await nextCursor(core, request, devices.at(-1)?.id, devices.length === limit),
      }
      return c.json(page, 200)
    })
    .get("/:id", async (c) => {
      authorize(c.var.identity, "inventory.read")
      const device = await findDevice(core, c.var.identity.tenantId, c.req.param("id"))
      if (!device) throw new CoreError("input.not_found", "Cannot find the device", { field: "id" })
      return c.json(deviceView(device), 200)
    })
}

/** The cursor of the next page. A full page is the last one only where nothing follows it, which one more read shows. */
async function nextCursor(
  core: AppCore,
  request: ListDevicesRequest,
  lastId: string | undefined,
  isFull: boolean,
): Promise<string | null> {
  if (lastId === undefined || !isFull) return null
  const following = await listDevices(core, { ...request, after: lastId, limit: 1 })
  return following.length === 0 ? null : toCursor(lastId)
}
