/** What a process did to a disk, one operation after the other: the input of the crash images. Paths are relative to the watched directory. */

export type DiskOperation =
  /** A new name in its directory; `inode` stands for the file however it is renamed. */
  | { readonly kind: 'create'; readonly path: string; readonly inode: number }
  | { readonly kind: 'mkdir'; readonly path: string }
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly inode: number; readonly length: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly inode: number }
  | { readonly kind: 'remove'; readonly path: string }
  /** Everything written to the file so far survives from here on. */
  | { readonly kind: 'sync'; readonly inode: number }
  /** Every name created, renamed or removed in the directory so far survives from here on. */
  | { readonly kind: 'sync-directory'; readonly path: string }
  /** Something was acknowledged to the outside: records up to `seq`, in the owner's `epoch`. */
  | { readonly kind: 'acknowledged'; readonly seq: number; readonly epoch: number }

/** Whole files and directories, as a machine finds them after a power loss. `''` is the watched directory itself. */
export type DiskState = { readonly files: ReadonlyMap<string, Buffer>; readonly directories: ReadonlySet<string> }

export const EMPTY_DISK: DiskState = { files: new Map(), directories: new Set(['']) }
