import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { files } from './files.ts'

interface GuardOptions {
  dataDir: string
  temporary: boolean
}

// Reads its standard input, which ends when we do; then stops the server, if one runs, and removes what was temporary:
// twice, as a server that was just being made goes on for a moment.
const SCRIPT = `
cat >/dev/null
pid=$(head -n 1 "$2/postmaster.pid" 2>/dev/null)
if [ "$1" = lasting ]; then
  [ -z "$pid" ] || kill -INT "$pid"
  exit
fi
[ -z "$pid" ] || kill -QUIT "$pid"
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
rm -rf -- "$2" "$2.new" "$3" "$4"
rmdir -- "\${2%/*}" 2>/dev/null && exit
sleep 2
rm -rf -- "$2" "$2.new" "$3" "$4"
rmdir -- "\${2%/*}"
`

/**
 * Sets a small process beside a server that stops it when ours dies without having done so, by SIGKILL for example, and
 * removes a temporary server's files. `finish` is for after an orderly stop.
 */
export function guard({ dataDir, temporary }: GuardOptions): { finish(): Promise<void> } {
  const { password, log } = files(dataDir)
  const kind = temporary ? 'temporary' : 'lasting'
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'kith-guard', kind, dataDir, password, log], {
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
