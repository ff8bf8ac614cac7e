/** What a finished sync did: the seven values of the documents, and the communication plans that need an operator. */
export interface SyncSummary {
  readonly tenantId: string
  readonly syncRunId: string
  readonly serviceProviderId: string
  /** When the devices were read, epoch milliseconds. */
  readonly detailLastSyncDate: number
  /** Devices that the carrier listed. */
  readonly detailQueueCount: number
  /** Devices that were new or had changed. */
  readonly detailUpdatedCount: number
  /** When the usage was read, epoch milliseconds. */
  readonly usageLastSyncDate: number
  /** Devices whose usage was read. */
  readonly usageQueueCount: number
  /** Devices of the inventory with any usage in the period. */
  readonly usageUpdatedCount: number
  /** Devices of the provider that are listed now. */
  readonly deviceCount: number
  /** Devices whose rows were still open when the wait was over: what the inventory says of them is older. */
  readonly notRefreshedCount: number
  /** Devices that got the provider's default site, and archived ones that were restored because they show activity. */
  readonly defaultSiteCount: number
  readonly restoredCount: number
  readonly newCommunicationPlans: readonly string[]
  /** Their SIMs stay where they are until an operator permits rate plans. */
  readonly communicationPlansWithoutRatePlans: readonly string[]
  readonly createdAt: number
}
