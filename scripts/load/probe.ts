/** Loaded into the service before it starts (`node --expose-gc --import`): on SIGUSR2 it collects garbage and says what is left. */
process.on('SIGUSR2', () => {
  const { gc } = globalThis
  if (!gc) throw new Error('start the service with --expose-gc')
  for (let pass = 0; pass < 3; pass += 1) gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  // `external` contains the array buffers.
  process.stdout.write(`${JSON.stringify({ event: 'load_probe', bytes: heapUsed + external, heapUsed, external, rss, timers })}\n`)
})
