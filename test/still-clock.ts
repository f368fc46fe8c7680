/** Preloaded by servers in tests with time limits of some seconds: their clock stands still, on any machine. */
const now = Number(process.env.STILL_SINCE)
Date.now = () => now
