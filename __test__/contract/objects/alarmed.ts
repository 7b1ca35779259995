import { DurableObject } from 'cloudflare:workers'

/** Notes how its alarms were called. */
export class Alarmed extends DurableObject<Cloudflare.Env> {
  runs: unknown[][] = []
  /** So many runs fail. */
  failures = 0

  setAlarm(time: number): Promise<void> {
    return this.ctx.storage.setAlarm(time)
  }

  getAlarm(): Promise<number | null> {
    return this.ctx.storage.getAlarm()
  }

  fail(times: number): void {
    this.failures = times
  }

  override async alarm(...args: unknown[]): Promise<void> {
    this.runs.push(args)
    await this.ctx.storage.put('ran', true)
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('the alarm failed')
    }
  }

  hasRun(): Promise<boolean | undefined> {
    return this.ctx.storage.get<boolean>('ran')
  }

  retries(): { retryCount: number; isRetry: boolean }[] {
    return this.runs.map(([info]) => {
      const { retryCount, isRetry } = info as AlarmInvocationInfo
      return { retryCount, isRetry }
    })
  }
}
