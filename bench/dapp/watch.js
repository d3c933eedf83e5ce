// In the page, before anything of it: notes when something is there to be seen, and what kept the page from answering.
{
  const seen = { longTasks: [], traces: [], shown: {}, frames: [], texts: [] }
  globalThis.hygeiaSeen = seen

  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.longTasks.push({ startTime, duration })
  }).observe({ type: 'longtask', buffered: true })

  /** First time at which each of these is in the page. */
  const wanted = {
    // A button that can be pressed: keys can be made, or opened.
    interactive: () => document.querySelector('.button-main:not([disabled])'),
    // The keys are open.
    open: () => document.querySelector('#main'),
    // A chart that says what it shows.
    firstChart: () => document.querySelector('#main figcaption > span:not(:empty)'),
  }
  const interactive = Promise.withResolvers()
  seen.interactive = interactive.promise
  const look = () => {
    for (const [name, find] of Object.entries(wanted)) {
      if (seen.shown[name] === undefined && find()) seen.shown[name] = performance.now()
    }
    if (seen.shown.interactive !== undefined) interactive.resolve()
    const value = document.querySelector('.tile-value')?.textContent
    if (value !== undefined && seen.texts.at(-1)?.value !== value) seen.texts.push({ value, at: Date.now() })
  }
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    characterData: true,
  })

  /** Every answer of the worker that holds points of a chart: a chart draws it at once. */
  const note = ({ data: { value } }) => {
    if (!(value?.mean instanceof Float64Array)) return
    const { from, to, at } = value
    seen.traces.push({ time: performance.now(), from, to, first: at[0] * 1000, points: at.length })
  }
  globalThis.Worker = new Proxy(Worker, {
    construct(target, args) {
      const worker = Reflect.construct(target, args)
      worker.addEventListener('message', note)
      return worker
    },
  })

  /** Counts frames until told to stop. */
  seen.watchFrames = () => {
    seen.frames = []
    seen.longTasks = []
    const frame = (time) => {
      seen.frames.push(time)
      seen.running = requestAnimationFrame(frame)
    }
    seen.running = requestAnimationFrame(frame)
  }
  seen.stopFrames = () => cancelAnimationFrame(seen.running)
}
