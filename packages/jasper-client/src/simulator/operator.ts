/** What the operator, or another user of the account, does behind the API. Every act is journaled. */
export interface Operator {
  /** Sets fields of a SIM without the checks of the API. */
  change(iccid: string, fields: Readonly<Record<string, string>>): void
  /**
   * Lets a new SIM enter the account.
   *
   * @param date Its modification date, epoch milliseconds; an old one puts it into the middle of the list.
   * @returns Its ICCID.
   */
  enter(date: number): string
  /** Lets a SIM leave the account, as one that was transferred or purged. */
  leave(iccid: string): void
  /** Lets a SIM that left come back with the modification date it had. */
  comeBack(iccid: string): void
}
