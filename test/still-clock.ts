/** Preloaded by every process that a test starts; the clock of those that are `timeless` (children.ts) stands still. */
const { STILL_SINCE } = process.env
if (STILL_SINCE !== undefined) Date.now = () => Number(STILL_SINCE)
