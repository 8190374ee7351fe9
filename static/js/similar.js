// While one writes a statement, the claims that are like it are offered below. Without this
// script the form asks once it is sent.
const place = document.querySelector('[data-similar]');
const status = document.querySelector('[data-similar-said]');
const form = place?.closest('form');
const PAUSE_MS = 500;
const SHORTEST = 10;
let timer;
let asking;
let asked = '';

const chosen = () => form.querySelector('[name="same_as"]:checked')?.value;

const show = html => {
  const kept = chosen();
  place.innerHTML = html.trim();
  const offered = place.querySelectorAll('[name="same_as"]');
  for (const radio of offered) radio.checked = radio.value === kept;
  const found = Math.max(offered.length - 1, 0);
  status.textContent = found ? place.dataset.found.replace('{count}', found) : '';
};

const ask = async () => {
  const query = new URLSearchParams();
  for (const name of ['statement', 'language', 'speaker']) query.set(name, form.elements[name].value.trim());
  if (query.toString() === asked) return;
  asked = query.toString();
  asking?.abort();
  if (query.get('statement').length < SHORTEST) { show(''); return; }
  asking = new AbortController();
  try {
    const response = await fetch(`${place.dataset.similar}?${query}`, { signal: asking.signal, redirect: 'error' });
    if (response.ok) show(await response.text());
  } catch { /* the form asks when it is sent */ }
};

form?.addEventListener('input', event => {
  if (!['statement', 'speaker', 'language'].includes(event.target.name)) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
});
