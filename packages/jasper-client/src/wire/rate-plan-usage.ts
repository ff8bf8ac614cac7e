/** Usage of one device in one zone of one rate plan. A device may have several rows; only devices with usage appear. */
export interface RatePlanUsage {
  readonly iccid: string
  /** Zone name; null when the carrier names none. */
  readonly zone: string | null
  /** Bytes. */
  readonly dataBytes: number
  /** Messages, sent and received. */
  readonly smsCount: number
  /** Seconds, made and received. */
  readonly voiceSeconds: number
}
