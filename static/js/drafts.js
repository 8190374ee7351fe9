// What somebody writes outlives a closed tab. It is offered again, and never put back unasked;
// once it was sent and taken, it is forgotten.
// (It asks the storage itself: site.js loads this module, and a circle of modules has no hashed names.)

const PAUSE_MS = 400;
const LIFE_MS = 30 * 24 * 3600 * 1000;
const SENT = 'draft-sent';
const DRAFT = 'draft:';
const SKIPPED = /^(csrfmiddlewaretoken|same_as)$/;
// What an edit started from goes with it, so that nobody's later change is written over unseen.
const VERSION = /(^|-)version$/;

const kept = name => { try { return localStorage.getItem(name); } catch { return null; } };
const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* full, or off: nothing is kept */ } };
const forget = name => { try { localStorage.removeItem(name); } catch { /* it was never kept */ } };
const read = name => { try { return JSON.parse(kept(name)); } catch { return null; } };

const fieldsOf = form => [...form.elements].filter(field => field.name && !SKIPPED.test(field.name)
  && !/^(hidden|submit|button|file|password)$/.test(field.type));
const isTicked = field => /^(checkbox|radio)$/.test(field.type);
const valueOf = field => (isTicked(field) ? field.checked : field.value);
// By name and, of several of one name, by value too.
const keyOf = field => (isTicked(field) ? `${field.name}=${field.value}` : field.name);
const valuesOf = form => Object.fromEntries(fieldsOf(form).map(field => [keyOf(field), valueOf(field)]));
const versionsOf = form => [...form.elements].filter(field => field.type === 'hidden' && VERSION.test(field.name));
const isSame = (one, other) => Object.keys(one).every(name => !(name in other) || one[name] === other[name]);

const restore = (form, { values, versions = {} }) => {
  for (const field of versionsOf(form)) field.value = versions[field.name] ?? field.value;
  for (const field of fieldsOf(form)) {
    const value = values[keyOf(field)];
    if (value === undefined) continue;
    if (isTicked(field)) field.checked = value; else field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
};

const tended = new WeakSet();
const tend = offer => {
  if (tended.has(offer)) return;
  tended.add(offer);
  const form = offer.closest('form');
  const name = DRAFT + offer.dataset.draft;
  const asRendered = valuesOf(form);
  const draft = read(name);
  let timer;
  let isOffered = Boolean(draft) && !isSame(draft.values, asRendered);
  const close = () => { isOffered = false; offer.hidden = true; };
  if (draft && Date.now() - draft.at > LIFE_MS) { forget(name); close(); }
  if (isOffered) {
    offer.hidden = false;
    offer.querySelector('[data-draft-at]').textContent = new Date(draft.at).toLocaleString(document.documentElement.lang);
  }
  const store = () => {
    clearTimeout(timer);
    timer = undefined;
    const values = valuesOf(form);
    const versions = Object.fromEntries(versionsOf(form).map(field => [field.name, field.value]));
    if (isSame(values, asRendered)) forget(name);
    else keep(name, JSON.stringify({ at: Date.now(), values, versions }));
  };
  const first = () => fieldsOf(form)[0];
  offer.querySelector('[data-draft-take]').addEventListener('click', () => {
    restore(form, draft);
    close();
    first().focus();
  });
  offer.querySelector('[data-draft-drop]').addEventListener('click', () => {
    forget(name);
    close();
    first().focus();
  });
  form.addEventListener('input', () => {
    // While an older draft waits for an answer, it is not written over.
    if (isOffered) return;
    clearTimeout(timer);
    timer = setTimeout(store, PAUSE_MS);
  });
  // The last words count too.
  addEventListener('pagehide', () => { if (timer) store(); });
  form.addEventListener('submit', () => {
    if (!isOffered) store();
    keep(SENT, name);
  });
};

// The server says that it was taken; without its word the draft stays.
const sent = kept(SENT);
if (sent) {
  if (document.querySelector('.message-success')) forget(sent);
  forget(SENT);
}
const tendAll = () => { for (const offer of document.querySelectorAll('[data-draft]')) tend(offer); };
tendAll();
// Parts of the page were drawn anew.
document.addEventListener('sidenote:renewed', tendAll);
