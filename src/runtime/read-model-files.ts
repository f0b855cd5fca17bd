/** Where the read model's derived files are: in a data directory, or in memory. */
import { join } from 'node:path'
import { DiskFile, MemoryFile } from '../../state/byte-file.ts'
import { History, historyFiles, memoryFiles } from '../../state/history.ts'
import type { FileIo } from '../../state/io.ts'
import { KeyIndex } from '../../state/key-index.ts'
import type { ReadModelFiles } from './read-model.ts'

/** In a data directory; `onRemark` hears why files do not fit a checkpoint. */
export function readModelIn(directory: string, onRemark: (remark: string) => void, io?: FileIo): ReadModelFiles {
  return {
    history: (mark) => {
      const opened = History.open(historyFiles(directory, io), mark)
      if (!opened.ok) onRemark(opened.message)
      return opened.ok ? opened.history : undefined
    },
    keys: (mark) => {
      const opened = KeyIndex.open(new DiskFile(join(directory, 'keys.idx'), io), mark)
      if (!opened.ok) onRemark(opened.message)
      return opened.ok ? opened.index : undefined
    },
  }
}

/** For simulations, replays and tests. */
export function memoryReadModel(): ReadModelFiles {
  return {
    history: () => {
      const opened = History.open(memoryFiles(), null)
      return opened.ok ? opened.history : undefined
    },
    keys: () => {
      const opened = KeyIndex.open(new MemoryFile(), null)
      return opened.ok ? opened.index : undefined
    },
  }
}
