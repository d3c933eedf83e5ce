// Preloaded into a program: its clock is off by MOVED_CLOCK_MS.
const now = Date.now
const byMs = Number(process.env.MOVED_CLOCK_MS)
Date.now = () => now() + byMs
