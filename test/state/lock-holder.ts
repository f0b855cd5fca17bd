/** A process that holds a data directory until it is killed. */
import { lockDirectory } from '../../state/lock.ts'

const [directory, command] = process.argv.slice(2)
const result = lockDirectory(directory as string, command)
process.stdout.write(result.ok ? 'held' : result.code)
if (result.ok) setInterval(() => undefined, 1000)
