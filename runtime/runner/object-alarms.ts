/**
 * Alarms of Durable Objects, across frames. workerd keeps them in two places, and putting back an object's
 * file changes but one. The scheduler would go on ringing for what is undone, and would never ring again for
 * what came back. So objects whose alarm has changed are remembered, and told to the scheduler.
 */
import { inObject, ownNamespaces } from './object-access.ts'
import { ask } from './transport.ts'

interface Owner {
  className: string
  id: string
}

/** Objects whose alarm is not what the frame began with, by class and id. */
const changed = new Map<string, Owner>()

/** The alarm of an object was set, deleted, or has rung. */
export function alarmChanged(className: string, id: DurableObjectId): void {
  const owner = { className, id: id.toString() }
  changed.set(`${className}/${owner.id}`, owner)
}

type Method = (...args: unknown[]) => unknown
const CHANGES = ['setAlarm', 'deleteAlarm', 'deleteAll'] as const

/** Notices what an object does to its alarm. */
export function watchAlarm(className: string, { id, storage }: DurableObjectState): void {
  const watch = (target: object): void => {
    const methods = target as Record<string, Method | undefined>
    for (const name of CHANGES) {
      const method = methods[name]
      if (!method) continue
      methods[name] = function (...args) {
        alarmChanged(className, id)
        return method.apply(target, args)
      }
    }
  }
  // Not those without storage, which cannot have alarms.
  if (!storage) return
  watch(storage)
  const transaction = storage.transaction.bind(storage)
  storage.transaction = (closure) =>
    transaction((inner) => {
      watch(inner)
      return closure(inner)
    })
}

/** Whether any alarm has changed. */
export function hasChangedAlarms(): boolean {
  return changed.size > 0
}

/** Takes the changed alarms out of the scheduler, while their objects still have their files. */
export async function silenceAlarms(): Promise<void> {
  await Promise.all([...changed.values()].map((owner) => inside(owner, (state) => state.storage.deleteAlarm())))
}

/** Tells the scheduler about those that came back with the files. */
export async function restoreAlarms(): Promise<void> {
  const owners = [...changed.values()]
  changed.clear()
  const classes = new Set(owners.map(({ className }) => className))
  for (const { className, uniqueKey } of ownNamespaces()) {
    if (!classes.has(className)) continue
    const listed = (await ask({ op: 'listObjects', uniqueKey })) ?? '[]'
    const existing = new Set(JSON.parse(listed) as string[])
    // Looking into one that does not exist would make it.
    const present = owners.filter((owner) => owner.className === className && existing.has(owner.id))
    await Promise.all(present.map((owner) => inside(owner, restoreAlarm)))
  }
  changed.clear()
}

async function restoreAlarm({ storage }: DurableObjectState): Promise<void> {
  const time = await storage.getAlarm()
  if (time === null) return
  // The same time would be taken for no change.
  await storage.setAlarm(time + 1)
  await storage.setAlarm(time)
}

async function inside(
  { className, id }: Owner,
  run: (state: DurableObjectState) => Promise<void>,
): Promise<void> {
  const namespace = ownNamespaces().find((each) => each.className === className)?.namespace
  if (namespace) await inObject(namespace.get(namespace.idFromString(id)), run)
}
