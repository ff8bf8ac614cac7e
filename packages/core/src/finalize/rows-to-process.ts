import type { Statement } from "../store/mod.ts"
import { deleteRowsToProcess, insertRowsToProcess } from "./statements.ts"

interface Rows {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly carrierDeviceIds: readonly string[]
}

/** The statement that makes finalize wait for devices that something is still read for, one by one. */
export function awaitRows({ tenantId, serviceProviderId, carrierDeviceIds }: Rows, now: number): Statement {
  return insertRowsToProcess(tenantId, serviceProviderId, carrierDeviceIds, now)
}

/** The statement that says of such devices that all is read. */
export function completeRows({ tenantId, serviceProviderId, carrierDeviceIds }: Rows): Statement {
  return deleteRowsToProcess(tenantId, serviceProviderId, carrierDeviceIds)
}
