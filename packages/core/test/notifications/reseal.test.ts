import { describe, expect, it } from "vitest"
import {
  amopDeliverer,
  createWebhookEndpoint,
  resealNotificationSecrets,
  rotateWebhookSecret,
  setDelivererSettings,
  webhookDeliverer,
} from "../../src/notifications/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import { notificationHandlers } from "../../src/notifications/mod.ts"
import { importSealingKey } from "../../src/tenancy/mod.ts"
import { progress } from "./events.ts"
import { notificationFixture, TENANT } from "./fixture.ts"
import { startReceiver } from "./receiver.ts"

const OLD = btoa("k".repeat(32))
const NEW = btoa("n".repeat(32))

describe("a sealing key that replaces another", () => {
  it("takes over settings and endpoints, and what it cannot open stays and is counted", async () => {
    await using receiver = await startReceiver()
    const deliverers = [amopDeliverer(), webhookDeliverer({ allowPrivateAddresses: true })]
    using fixture = await notificationFixture(deliverers)
    const local = { allowPrivateAddresses: true }
    await setDelivererSettings(fixture.core, TENANT.id, "amop", { url: `${receiver.url}/amop` })
    for (let at = 0; at < 60; at++) {
      await createWebhookEndpoint(fixture.core, { tenantId: "t2", url: `${receiver.url}/${at}` }, local)
    }
    const endpoint = await createWebhookEndpoint(
      fixture.core,
      { tenantId: TENANT.id, url: `${receiver.url}/hook` },
      local,
    )
    await rotateWebhookSecret(fixture.core, TENANT.id, endpoint.id)
    const stranger = { ...fixture.core, sealingKey: await importSealingKey(btoa("s".repeat(32))) }
    await createWebhookEndpoint(stranger, { tenantId: "t0", url: receiver.url }, local)

    const both = { ...fixture.core, sealingKey: await importSealingKey(NEW, [OLD]) }
    expect(await resealNotificationSecrets(both)).toEqual({ resealed: 124, unreadable: 2 })
    expect(await resealNotificationSecrets(both)).toEqual({ resealed: 0, unreadable: 2 })

    const sealingKey = await importSealingKey(NEW)
    await fixture.tell(progress(20))
    await runDueJobs({ ...fixture.core, handlers: notificationHandlers({ deliverers, sealingKey }) })
    expect(receiver.requests.map(({ url }) => url).toSorted()).toEqual(["/amop", "/hook"])
  })
})
