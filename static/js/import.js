// The page of a run at work: its numbers every two seconds, the whole page once it is done.
const PAUSE = 2000;
const figures = document.querySelector('[data-import]');

async function show() {
  const answer = await fetch(figures.dataset.import, { headers: { Accept: 'application/json' } });
  if (!answer.ok) return;
  const run = await answer.json();
  if (run.state !== 'running') { location.reload(); return; }
  for (const one of figures.querySelectorAll('[data-count]')) {
    one.textContent = run[one.dataset.count].toLocaleString('en');
  }
}

async function watch() {
  // A connection that is lost comes back, and nobody looks at a hidden page.
  if (!document.hidden) { try { await show(); } catch { /* the next one may succeed */ } }
  setTimeout(watch, PAUSE);
}

setTimeout(watch, PAUSE);
