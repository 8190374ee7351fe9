// The page of a run at work: what it says every two seconds, the whole page once it is over.
const PAUSE = 2000;
const OVER = new Set(['finished', 'failed']);
const figures = document.querySelector('[data-import]');
const badge = document.querySelector('[data-state]');
const says = document.querySelector('[data-says]');
const pages = document.querySelector('[data-pages]');

function tell(run) {
  for (const one of figures.querySelectorAll('[data-count]')) {
    one.textContent = run[one.dataset.count].toLocaleString(document.documentElement.lang || 'en');
  }
  if (!run.fetch) return;
  if (badge.textContent.trim() !== run.fetch.label) badge.textContent = run.fetch.label;
  badge.className = `run-state run-${run.state}`;
  // A screen reader says what changes here, so it changes only if it does.
  const status = run.fetch.status ?? '';
  if (says.textContent !== status) says.textContent = status;
  if (pages) pages.value = run.fetch.pages_asked;
}

async function show() {
  const answer = await fetch(figures.dataset.import, { headers: { Accept: 'application/json' } });
  if (!answer.ok) return;
  const run = await answer.json();
  const isNew = run.fetch && run.fetch.pages_found && !pages;
  if (OVER.has(run.state) || isNew) { location.reload(); return; }
  tell(run);
}

async function watch() {
  // A connection that is lost comes back, and nobody looks at a hidden page.
  if (!document.hidden) { try { await show(); } catch { /* the next one may succeed */ } }
  setTimeout(watch, PAUSE);
}

setTimeout(watch, PAUSE);
