import type { Carrier, ListedRatePlan, ScanBatch, ScanCertificate, ScanRequest, UsageRequest } from "../ports/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { ProviderKey } from "./authentication-statements.ts"
import { findDeviceAuthentications, rememberDeviceAuthentication } from "./integration-authentications.ts"

/** A carrier account that was opened with one of the provider's authentications. */
export interface OpenedAccount {
  readonly authenticationId: string
  readonly carrier: Carrier
}

/**
 * Makes one carrier of the accounts that a provider holds: each is listed, one after the other, a device is remembered
 * with the account that listed it, and whatever is asked or changed of it goes there.
 */
export function joinAccounts(
  core: Platform,
  key: ProviderKey,
  accounts: readonly [OpenedAccount, ...OpenedAccount[]],
): Carrier {
  const [first] = accounts

  /** The account that a device was last seen in; of one that was never seen, the one that knows it, or else the first. */
  async function accountOf(carrierDeviceId: string, options?: { readonly signal?: AbortSignal }): Promise<Carrier> {
    const known = (await findDeviceAuthentications(core, key, [carrierDeviceId])).get(carrierDeviceId)
    const account = accounts.find(({ authenticationId }) => authenticationId === known)
    return (account ?? (await findDevice(carrierDeviceId, options))?.account ?? first).carrier
  }

  async function findDevice(carrierDeviceId: string, options?: { readonly signal?: AbortSignal }) {
    const known = (await findDeviceAuthentications(core, key, [carrierDeviceId])).get(carrierDeviceId)
    const likelyFirst = accounts.toSorted(
      (a, b) => Number(b.authenticationId === known) - Number(a.authenticationId === known),
    )
    for (const account of likelyFirst) {
      const device = await account.carrier.get(carrierDeviceId, options)
      if (!device) continue
      // It was moved from one account to the other, or is new.
      await rememberDeviceAuthentication(core, key, account.authenticationId, [carrierDeviceId])
      return { account, device }
    }
    return undefined
  }

  return {
    capabilities: first.carrier.capabilities,
    list: (request) => listAll(accounts, request, (id, ids) => rememberDeviceAuthentication(core, key, id, ids)),
    get: async (carrierDeviceId, options) => (await findDevice(carrierDeviceId, options))?.device,
    ratePlans: async (options) => {
      const lists: (readonly ListedRatePlan[])[] = []
      for (const { carrier } of accounts) lists.push(await carrier.ratePlans(options))
      return onePriceList(lists)
    },
    usage: (request) => usageOfAll(accounts, request),
    change: async (intent, options) => (await accountOf(intent.carrierDeviceId, options)).change(intent, options),
    readBack: async (intent, options) => (await accountOf(intent.carrierDeviceId, options)).readBack(intent, options),
  }
}

/** Where a scan of several accounts stands. */
interface ScanPlace {
  /** What was proved of accounts that are done, by their authentication. */
  readonly done: Readonly<Record<string, ScanCertificate>>
  /** The account that is being listed, how many devices were stored before it, and where it stands. */
  readonly current: { readonly id: string; readonly storedBefore: number; readonly checkpoint: string } | null
}

async function* listAll(
  accounts: readonly OpenedAccount[],
  { checkpoint, ...request }: ScanRequest,
  remember: (authenticationId: string, carrierDeviceIds: readonly string[]) => Promise<void>,
): AsyncGenerator<ScanBatch, ScanCertificate, void> {
  const place: ScanPlace =
    checkpoint === undefined ? { done: {}, current: null } : (JSON.parse(checkpoint) as ScanPlace)
  let { done } = place
  for (const { authenticationId: id, carrier } of accounts) {
    if (done[id]) continue
    const current = place.current?.id === id ? place.current : undefined
    const storedBefore = current?.storedBefore ?? (await request.countStored())
    const pages = sum(Object.values(done), (certificate) => certificate.pages)
    const scan = carrier.list({
      ...request,
      // An account's own count is held against the devices of that account.
      countStored: async () => (await request.countStored()) - storedBefore,
      ...(current && { checkpoint: current.checkpoint }),
    })
    try {
      let step = await scan.next()
      for (; !step.done; step = await scan.next()) {
        const batch = step.value
        const listed = batch.rows.map(({ carrierDeviceId }) => carrierDeviceId)
        await remember(id, listed)
        const reached: ScanPlace = { done, current: { id, storedBefore, checkpoint: batch.checkpoint } }
        yield {
          rows: batch.rows,
          checkpoint: JSON.stringify(reached),
          pagesRead: pages + batch.pagesRead,
          pagesExpected: pages + batch.pagesExpected,
        }
      }
      done = { ...done, [id]: step.value }
    } finally {
      await scan.return(undefined as never)
    }
    // What one account could not prove, the others cannot make up for.
    if (!done[id]?.certified) break
  }
  return oneCertificate(Object.values(done))
}

function oneCertificate(parts: readonly ScanCertificate[]): ScanCertificate {
  const [first] = parts as [ScanCertificate]
  const instants = parts.flatMap(({ carrierStartedAt }) => carrierStartedAt ?? [])
  return {
    ...first,
    certified: parts.every(({ certified }) => certified),
    reason: parts.find(({ certified }) => !certified)?.reason ?? null,
    method: [...new Set(parts.map(({ method }) => method))].join(", "),
    calls: sum(parts, ({ calls }) => calls),
    pages: sum(parts, ({ pages }) => pages),
    rows: sum(parts, ({ rows }) => rows),
    duplicates: sum(parts, ({ duplicates }) => duplicates),
    rounds: sum(parts, ({ rounds }) => rounds),
    startedAt: Math.min(...parts.map(({ startedAt }) => startedAt)),
    finishedAt: Math.max(...parts.map(({ finishedAt }) => finishedAt)),
    // Devices of the first account that changed while the last was listed are looked for again from the first's instant.
    ...(instants.length === parts.length && { carrierStartedAt: Math.min(...instants) }),
    assumptions: [
      ...new Set(parts.flatMap(({ assumptions }) => assumptions)),
      "No device moves from one account to another during the scan",
    ],
  }
}

async function* usageOfAll(accounts: readonly OpenedAccount[], request: UsageRequest): ReturnType<Carrier["usage"]> {
  const { checkpoint, ...asked } = request
  const place =
    checkpoint === undefined
      ? undefined
      : (JSON.parse(checkpoint) as { readonly id: string; readonly checkpoint: string })
  const start = Math.max(
    0,
    accounts.findIndex(({ authenticationId }) => authenticationId === place?.id),
  )
  for (const { authenticationId: id, carrier } of accounts.slice(start)) {
    // Each account has a price list of its own: it is asked for no plan that only another one knows.
    const own = await carrier.ratePlans(request.signal ? { signal: request.signal } : {})
    const ratePlans = own.map(({ name, version }) => ({ name, version }))
    const batches = carrier.usage({ ...asked, ratePlans, ...(place?.id === id && { checkpoint: place.checkpoint }) })
    for await (const batch of batches) {
      yield {
        // A device that was moved within the period has usage in both accounts.
        rows: batch.rows.map((row) => ({ ...row, part: `${id}/${row.part}` })),
        checkpoint: JSON.stringify({ id, checkpoint: batch.checkpoint }),
        pagesRead: batch.pagesRead,
      }
    }
  }
}

/** The plans of all accounts by name; what the first one leaves open about a plan, a later one may tell. */
function onePriceList(lists: readonly (readonly ListedRatePlan[])[]): readonly ListedRatePlan[] {
  const plans = new Map<string, ListedRatePlan>()
  for (const plan of lists.flat()) {
    const known = plans.get(plan.name)
    const told = known && Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null))
    plans.set(plan.name, { ...plan, ...told, version: Math.max(plan.version, known?.version ?? 0) })
  }
  return [...plans.values()]
}

function sum<T>(parts: readonly T[], of: (part: T) => number): number {
  return parts.reduce((total, part) => total + of(part), 0)
}
