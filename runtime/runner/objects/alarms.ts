/**
 * Alarms of Durable Objects, across frames. workerd keeps them in two places, and putting back an object's
 * file changes but one. The scheduler would go on ringing for what is undone, and would never ring again for
 * what came back. So objects whose alarm has changed are remembered, and told to the scheduler.
 */
import { replaceMethod } from '../replace-method.ts'
import { inObject, ownNamespaceOf, ownNamespaces, storedIds } from './access.ts'

interface Owner {
  className: string
  id: string
}

/** Objects whose alarm was changed, by class and id: outside of all frames, and in each that is open. */
const levels = [new Map<string, Owner>()]

function newest(): Map<string, Owner> {
  return levels.at(-1)!
}

/** The alarm of an object was set, deleted, or has rung. */
export function alarmChanged(className: string, id: DurableObjectId): void {
  // A facet has the id of its object, and no alarms.
  if (ownNamespaceOf(id)?.className !== className) return
  const owner = { className, id: id.toString() }
  newest().set(`${className}/${owner.id}`, owner)
}

/** A frame began. */
export function pushAlarms(): void {
  levels.push(new Map())
}

/** The newest frame ended. */
export function popAlarms(): void {
  levels.pop()
}

/** Everything that is stored changes. */
export function allAlarmsChanged(): void {
  for (const level of levels) for (const [key, owner] of level) newest().set(key, owner)
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
      replaceMethod(target, name, (...args: unknown[]) => {
        alarmChanged(className, id)
        return method.apply(target, args)
      })
    }
  }
  // Not those without storage, which cannot have alarms.
  if (!storage) return
  watch(storage)
  const transaction = storage.transaction.bind(storage)
  replaceMethod(storage, 'transaction', (closure: Parameters<typeof transaction>[0]) =>
    transaction((inner) => {
      watch(inner)
      return closure(inner)
    }),
  )
}

/** Whether an alarm has changed in the newest frame. */
export function hasChangedAlarms(): boolean {
  return newest().size > 0
}

/** Takes the changed alarms out of the scheduler, while their objects still have their files. */
export async function silenceAlarms(): Promise<void> {
  const owners = [...newest().values()]
  await Promise.all(owners.map((owner) => inside(owner, (state) => state.storage.deleteAlarm())))
}

/** Tells the scheduler about those that came back with the files. */
export async function restoreAlarms(): Promise<void> {
  const owners = [...newest().values()]
  for (const { className, uniqueKey } of ownNamespaces()) {
    const some = owners.filter((owner) => owner.className === className)
    if (some.length === 0) continue
    const existing = new Set(await storedIds(uniqueKey))
    // Looking into one that does not exist would make it.
    const present = some.filter((owner) => existing.has(owner.id))
    await Promise.all(present.map((owner) => inside(owner, restoreAlarm)))
  }
  // All that we have changed ourselves.
  newest().clear()
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
