/** Snapshot files live on the host; Vitest's own environment would write them into a file system that ends with the isolate. */
import { VitestSnapshotEnvironment } from 'vitest/runtime'

import { ask } from './transport.ts'

/** Reads and writes snapshots through the host. The header and the paths stay Vitest's. */
export class HostSnapshotEnvironment extends VitestSnapshotEnvironment {
  override async prepareDirectory(): Promise<void> {
    // The host makes folders when it writes.
  }

  override async readSnapshotFile(path: string): Promise<string | null> {
    return ask({ op: 'readFile', path })
  }

  override async saveSnapshotFile(path: string, text: string): Promise<void> {
    await ask({ op: 'writeFile', path, text })
  }

  override async removeSnapshotFile(path: string): Promise<void> {
    await ask({ op: 'removeFile', path })
  }
}
