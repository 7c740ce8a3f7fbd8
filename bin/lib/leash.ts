// Preloaded into the processes that bin/start.ts starts: when that one dies, however suddenly, they end as on SIGTERM.

const GRACE_MS = 15_000

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), GRACE_MS).unref()
})
// The channel alone must not keep a finished program alive.
process.channel?.unref()
