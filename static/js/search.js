// Search as one types: a form with `data-live` asks its own page for the list alone, and puts it
// into the element that the attribute names. Without this script the form is sent as ever.
const form = document.querySelector('form[data-live]');
const place = form && document.getElementById(form.dataset.live);
const status = document.querySelector('[data-live-status]');
const PAUSE_MS = 250;
let timer;
let asking;

const addressOf = () => {
  const given = [...new FormData(form)].filter(([, value]) => value);
  const query = new URLSearchParams(given).toString();
  return query ? `${form.action}?${query}` : form.action;
};

// What has the focus inside of the list is found again in the new one.
const focusIn = () => {
  const one = document.activeElement;
  if (!place.contains(one)) return () => {};
  const { name, value, tagName } = one;
  const link = one.getAttribute('href');
  return () => {
    const same = [...place.querySelectorAll('a, button, input, select, summary')].find(other => (name
      ? other.name === name && (tagName === 'SELECT' || other.value === value)
      : link !== null && other.getAttribute('href') === link));
    // A filter that was taken away has no chip any more.
    (same ?? form.querySelector('input[type="search"]')).focus({ preventScroll: true });
  };
};

const show = html => {
  const focus = focusIn();
  const folds = [...place.querySelectorAll('details[data-live-keep]')].map(fold => fold.open);
  place.innerHTML = html;
  place.querySelectorAll('details[data-live-keep]').forEach((fold, at) => { fold.open = folds[at] ?? fold.open; });
  focus();
  status.textContent = place.querySelector('[data-live-count]')?.textContent.trim() ?? '';
};

const ask = async address => {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  place.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(address, { headers: { 'X-Part': 'list' }, signal: mine.signal });
    // What cannot be shown here is told by a page of its own.
    if (!response.ok || response.redirected) { location.assign(address); return; }
    const html = await response.text();
    if (mine !== asking) return;
    history.replaceState(history.state, '', address);
    show(html);
  } catch (error) {
    // Offline: the browser has a page for that.
    if (error.name !== 'AbortError') location.assign(address);
  } finally {
    if (mine === asking) place.removeAttribute('aria-busy');
  }
};

if (place) {
  form.addEventListener('input', event => {
    if (event.isComposing || event.target.type !== 'search') return;
    clearTimeout(timer);
    timer = setTimeout(() => ask(addressOf()), PAUSE_MS);
  });
  form.addEventListener('compositionend', event => event.target.dispatchEvent(new Event('input', { bubbles: true })));
  form.addEventListener('submit', event => {
    event.preventDefault();
    event.stopPropagation();
    ask(addressOf());
  });
  place.addEventListener('click', event => {
    const link = event.target.closest('a[data-live-link]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const given = new URL(link.href).searchParams;
    for (const field of form.querySelectorAll('input[type="search"]')) field.value = given.get(field.name) ?? '';
    ask(link.href);
  });
}

// What drops down closes on Escape, and on a click elsewhere.
document.addEventListener('click', event => {
  for (const drop of document.querySelectorAll('details.drop[open]')) if (!drop.contains(event.target)) drop.open = false;
});
document.addEventListener('keydown', event => {
  const drop = event.key === 'Escape' && document.activeElement?.closest('details.drop[open]');
  if (drop) { drop.open = false; drop.querySelector('summary').focus(); }
});
