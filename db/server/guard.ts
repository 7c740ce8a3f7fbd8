import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { files } from './files.ts'

interface GuardOptions {
  pid: number
  dataDir: string
  temporary: boolean
}

// Reads its standard input, which ends when we do; then stops the server, and removes what was temporary.
const SCRIPT = `
cat >/dev/null
if [ "$2" = temporary ]; then kill -QUIT "$1"; else kill -INT "$1"; fi 2>/dev/null
[ "$2" = temporary ] || exit 0
while kill -0 "$1" 2>/dev/null; do sleep 0.1; done
rm -rf -- "$3" "$4" "$5"
rmdir -- "\${3%/*}" 2>/dev/null || :
`

/**
 * Sets a small process beside the server that stops it when ours dies without having done so, by SIGKILL for example,
 * and removes a temporary server's files. `finish` is for after an orderly stop.
 */
export function guard({ pid, dataDir, temporary }: GuardOptions): { finish(): Promise<void> } {
  const { password, log } = files(dataDir)
  const kind = temporary ? 'temporary' : 'lasting'
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'kith-guard', String(pid), kind, dataDir, password, log], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  const ended = new Promise<void>((done) => child.once('exit', () => done()).once('error', () => done()))
  // The pipe alone must not keep our event loop alive.
  if (child.stdin instanceof Socket) child.stdin.unref()
  return {
    finish() {
      child.ref()
      child.stdin.end()
      return ended
    },
  }
}
