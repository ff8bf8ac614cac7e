import type { SQLWrapper } from "drizzle-orm"
import type { SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy"
import type { Runtime } from "../ports/mod.ts"

/** One SQL statement, made in a room's `statements.ts`. Opaque everywhere else. */
export type Statement = SQLWrapper

/** The typed reader a room's `statements.ts` writes its queries with. */
export type ReadDatabase = SqliteRemoteDatabase

/** A condition that must hold for a unit to be written at all, for example "this worker still holds the lease". */
export interface Fence {
  /** SQL expression that is 1 while the writer may write. */
  readonly holds: Statement
}

export interface UnitOptions {
  /**
   * What the unit does, for example `sync.stage-devices`. Names are the points at which tests kill the process, and
   * what a failure names.
   */
  readonly name: string
  readonly fence?: Fence
}

/** Rows a statement of a unit returned (with RETURNING), by column name; empty for the others. */
export type UnitRows = readonly Readonly<Record<string, unknown>>[]

/**
 * The database. Writing is one verb: a unit is a batch of statements that are all written or not at all. A unit must be
 * idempotent, because over a network a lost answer leaves it unknown whether it was written.
 */
export interface Store {
  /** Runs one query of a room's statements. */
  read<T>(query: (db: ReadDatabase) => PromiseLike<T>): Promise<T>
  /** Runs one hand-written SELECT and gives its rows by column name. */
  rows<T>(statement: Statement): Promise<readonly T[]>
  /**
   * Writes all statements or none of them.
   *
   * @throws {CoreError} `job.lease_lost` when the fence does not hold; `store.outdated` when a guard among the statements
   *   does not; `store.busy` when another process kept the write lock too long; `store.constraint` when a statement breaks
   *   a constraint; `store.statement` when the database cannot run one; `store.closed` after `close()`. In all of them
   *   nothing was written. `store.unavailable` when the disk failed or a remote database did not answer: then nobody knows, and the unit may be written again.
   */
  unit(options: UnitOptions, statements: readonly Statement[]): Promise<readonly UnitRows[]>
  close(): void
}

/** What every verb of core works with. */
export interface Platform {
  readonly store: Store
  readonly runtime: Runtime
}
