// The page is asked for again as this reader, so that rights hold, and only its parts are put in.
import { keepFocus } from './focus.js';

const FIELDS = 'textarea, select, input:not([type="hidden"])';
const isTouched = field => (field.tagName === 'SELECT'
  ? [...field.options].some(option => option.selected !== option.defaultSelected)
  : field.value !== field.defaultValue || field.checked !== field.defaultChecked);
const isInUse = form => [...form.querySelectorAll(FIELDS)].some(field => field === document.activeElement || isTouched(field));
const nameOf = form => form.id || form.getAttribute('action');

// What somebody is writing stays as it is, in the part that is drawn anew. False if it has no
// place there any more: then the part stays.
const keepForms = (part, other) => {
  const used = [...part.querySelectorAll('form')].filter(isInUse);
  const places = used.map(form => [...other.querySelectorAll('form')].find(each => nameOf(each) === nameOf(form)));
  if (places.includes(undefined)) return false;
  used.forEach((form, number) => places[number].replaceWith(form));
  return true;
};

// Return from when on something is new to the page as it is now; nothing if it could not be had.
export const renew = async button => {
  let answer;
  try { answer = await fetch(location.href, { headers: { Accept: 'text/html' } }); } catch { return ''; }
  if (!answer.ok) { location.reload(); return ''; }
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const heading = () => document.querySelector('[data-live-part] h2');
  const wasHere = document.activeElement === button;
  for (const part of document.querySelectorAll('[data-live-part]')) {
    const other = fresh.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
    // A list stays where it was scrolled to.
    const scrolled = part.querySelector('.scroll')?.scrollTop;
    if (!other || !keepForms(part, document.adoptNode(other))) continue;
    keepFocus(part, () => part.replaceWith(other), heading);
    if (scrolled) other.querySelector('.scroll').scrollTop = scrolled;
  }
  document.dispatchEvent(new CustomEvent('sidenote:renewed'));
  // The button that was pressed goes.
  if (wasHere) heading()?.focus({ preventScroll: true });
  return fresh.querySelector('[data-live-root]')?.dataset.since ?? '';
};
