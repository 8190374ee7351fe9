// The claim that was chosen, under the film: the parts of its own page, asked for as this reader,
// so that rights hold. Votes and ratings are sent from here too, and the film plays on.
import { keepFocus } from './focus.js';

const root = document.querySelector('[data-selected].selected');
const [body, page] = [root.querySelector('[data-selected-body]'), root.querySelector('[data-selected-page]')];
const heading = root.querySelector('h2');
const live = document.querySelector('[data-live]');
const PARTS = '.of-claim > header, [data-live-part="verdict"], [data-live-part="evidence"]';
let asking;
let styles;
let shown; // the address of what is shown or on its way, once it did not fail

const dress = () => {
  styles ??= new Promise(done => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = root.dataset.styles;
    link.addEventListener('load', done);
    link.addEventListener('error', done);
    document.head.append(link);
  });
  return styles;
};

// Headings stand one level lower than on the claim's own page.
const lowered = part => {
  for (const level of [3, 2, 1]) {
    for (const each of part.querySelectorAll(`h${level}`)) {
      const lower = document.createElement(`h${level + 2}`);
      for (const { name, value } of each.attributes) lower.setAttribute(name, value);
      lower.replaceChildren(...each.childNodes);
      each.replaceWith(lower);
    }
  }
  return part;
};

const put = html => {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  const parts = [...fresh.querySelectorAll(PARTS)];
  if (!parts.length) throw new Error('no claim');
  // Not to be drawn anew with the film's own parts.
  for (const part of parts) part.removeAttribute('data-live-part');
  const said = fresh.querySelector('.messages')?.textContent.trim().replace(/\s+/g, ' ');
  keepFocus(root, () => body.replaceChildren(...parts.map(part => lowered(document.adoptNode(part)))), () => heading);
  return said;
};

const fail = () => {
  shown = undefined;
  const words = document.createElement('p');
  words.className = 'error-box';
  words.setAttribute('role', 'alert');
  words.textContent = root.dataset.failed;
  body.replaceChildren(words);
};

const bring = async (link, isAgain) => {
  asking?.abort();
  asking = new AbortController();
  page.href = link.href;
  shown = link.href;
  root.setAttribute('aria-busy', 'true');
  try {
    const [answer] = await Promise.all([fetch(link.href, { signal: asking.signal }), dress()]);
    if (!answer.ok) throw new Error(answer.status);
    put(await answer.text());
    if (!isAgain) live.textContent = root.dataset.says.replace('{claim}', link.textContent.trim());
  } catch (error) {
    if (error.name === 'AbortError') return false;
    fail();
  }
  root.removeAttribute('aria-busy');
  root.hidden = false;
  return true;
};

export const show = async (link, focuses, isAgain = false) => {
  // What is under the film already does not move under the cursor of who chooses it again.
  if (isAgain || root.hidden || shown !== link.href) {
    if (!await bring(link, isAgain)) return;
  }
  if (!focuses) return;
  heading.focus({ preventScroll: true });
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  root.scrollIntoView({ block: 'nearest', behavior: still ? 'auto' : 'smooth' });
};

// The list was drawn anew. What somebody is about to send stays as it is.
const isTouched = field => (field.tagName === 'SELECT'
  ? [...field.options].some(option => option.selected !== option.defaultSelected)
  : field.value !== field.defaultValue || field.checked !== field.defaultChecked);
const isInUse = () => [...body.querySelectorAll('input, textarea, select')]
  .some(field => isTouched(field));
document.addEventListener('sidenote:renewed', () => {
  if (root.hidden) return;
  const link = [...document.querySelectorAll('.claims [data-select]')].find(each => each.href === page.href);
  link?.closest('.claim').setAttribute('data-selected', '');
  if (link && !isInUse()) show(link, false, true);
});

// Sent as the form would be; what is answered is the claim's page again, or another page.
const send = async (form, button) => {
  const values = new FormData(form, button);
  const address = button?.getAttribute('formaction') ?? form.action;
  root.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(address, { method: 'POST', body: values });
    const words = put(await answer.text());
    if (words) live.textContent = words;
  } catch {
    form.action = address;
    form.submit();
  }
  root.removeAttribute('aria-busy');
};

body.addEventListener('submit', event => {
  if (event.target.method !== 'post') return;
  event.preventDefault();
  send(event.target, event.submitter);
});
root.querySelector('[data-selected-close]').addEventListener('click', () => {
  root.hidden = true;
  shown = undefined;
  body.replaceChildren();
  const chosen = document.querySelector('.claim[data-selected]');
  chosen?.removeAttribute('data-selected');
  (chosen?.querySelector('[data-select]') ?? document.getElementById('h-claims')).focus();
});
