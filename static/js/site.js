// Every page: theme, menus, forms that send themselves.

// What a reader chose holds on this device; where storage is off, until the page is left.
const here = new Map();
export const kept = name => {
  try { return localStorage.getItem(name); } catch { return here.get(name) ?? null; }
};
export const keep = (name, value) => {
  here.set(name, value);
  try { localStorage.setItem(name, value); } catch { /* as above */ }
};

const root = document.documentElement;

document.querySelector('[data-theme-toggle]')?.addEventListener('click', () => {
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
  if ('member' in root.dataset) {
    // It is one of their settings, and comes with them to other browsers. Unsent, it holds for this page.
    fetch('/api/v1/me/', {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': document.querySelector('[name=csrfmiddlewaretoken]').value },
      body: JSON.stringify({ theme: root.dataset.theme }),
      keepalive: true,
    }).catch(() => {});
    return;
  }
  keep('theme', root.dataset.theme);
});

// The account menu is a <details>; it also closes on Escape and on a click elsewhere.
const account = document.querySelector('details.account');
document.addEventListener('click', event => { if (account?.open && !account.contains(event.target)) account.open = false; });
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && account?.open) { account.open = false; account.querySelector('summary').focus(); }
});

// Filters are folded away where there is no room beside the list. Elsewhere the style sheet shows
// them, which older browsers cannot.
if (matchMedia('(min-width: 60rem)').matches) document.querySelector('details.fold')?.setAttribute('open', '');

// Filters and sort orders apply at once; without this script there is a button.
document.addEventListener('change', event => { if (event.target.matches('[data-auto]')) event.target.form.requestSubmit(); });

// Empty fields stay out of the address.
document.addEventListener('submit', event => {
  if (event.target.method !== 'get') return;
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
// A page taken back from the browser's cache must not keep them off.
addEventListener('pageshow', () => { for (const field of document.querySelectorAll(':disabled')) field.disabled = false; });

export const isTyping = event => event.ctrlKey || event.metaKey || event.altKey
  || event.target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(event.target.tagName)
  || (event.target.tagName === 'INPUT' && !/^(checkbox|radio|submit|button)$/.test(event.target.type));

// One key is enough to set something off by accident (or by voice): each can be switched off,
// and all at once.
export const isOn = key => kept('keys') !== 'off' && !(kept('keys-off') ?? '').split('\n').includes(key);

document.addEventListener('keydown', event => {
  if (event.key !== '/' || isTyping(event) || !isOn('/')) return;
  const field = [...document.querySelectorAll('input[type="search"]')].find(input => input.offsetParent);
  if (field) { event.preventDefault(); field.focus(); field.select(); }
});

for (const counter of document.querySelectorAll('[data-count-of]')) {
  const field = document.getElementById(counter.dataset.countOf);
  const most = Number(counter.dataset.max);
  const show = () => {
    const length = [...field.value.trim().replace(/\s+/g, ' ')].length;
    counter.textContent = counter.dataset.told.replace('{length}', length);
    counter.toggleAttribute('data-over', length > most);
  };
  field.addEventListener('input', show);
  show();
}

// What was written and not sent yet is kept, where there is something to write.
if (document.querySelector('[data-draft]') || kept('draft-sent')) import('./drafts.js');
