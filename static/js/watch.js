// The watch page: claims, timeline and transcript follow the film, and lead it.
import { isTyping, isOn, kept, keep } from './site.js';
import { clock, media, seek, toggle } from './player.js';

const $ = selector => document.querySelector(selector);
const $$ = selector => [...document.querySelectorAll(selector)];

const timed = element => ({ element, start: Number(element.dataset.start), end: Number(element.dataset.end) });
const claimsThere = () => $$('.claims .claim').map(element => ({
  ...timed(element),
  mark: $(`.tl a[data-claims~="${element.id}"]`),
  words: element.querySelector('h3').textContent.trim(),
}));
let claims = claimsThere();
const shownClaims = () => claims.filter(each => !each.element.hidden);
const lines = $$('.script li').map(timed);
const chapters = $$('[data-chapter]').map(timed);
let [head, played] = [$('[data-head]'), $('[data-played]')];
const [shown, live, copyLink, markLink] = [$('[data-clock]'), $('[data-live]'), $('[data-copy]'), $('[data-mark]')];
const length = () => media.duration || Number($('.tl')?.dataset.length) || 1;
const says = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Scrolls the list itself only: scrollIntoView would move the page under the reader.
const reveal = element => {
  const box = element.closest('.scroll');
  if (!box || box.matches(':hover, :focus-within') || box.scrollHeight <= box.clientHeight) return;
  box.scrollTop = element.offsetTop - box.clientHeight / 3;
};

// --- Following the film -------------------------------------------------------------------
// Nothing moves that the reader holds.
const mark = (was, here) => {
  was?.element.removeAttribute('data-now');
  here?.element.setAttribute('data-now', '');
  if (here) reveal(here.element);
};
const at = (list, time) => list.findLast(each => time >= each.start && time < each.end);
const stamped = (link, time) => {
  const address = new URL(link.href);
  address.searchParams.set('t', Math.floor(time * 10) / 10);
  link.href = address;
};

let [claim, line, chapter] = [];
const tell = here => {
  if (here && kept('say') !== 'off') live.textContent = says(live.dataset.says, { time: clock(here.start), claim: here.words });
};
const follow = () => {
  const time = media.currentTime;
  const share = `${Math.min(100, (time / length()) * 100)}%`;
  head?.setAttribute('x', share);
  played?.setAttribute('width', share);
  if (shown) shown.textContent = clock(time);
  if (copyLink) stamped(copyLink, time);
  if (markLink) {
    const words = markLink.querySelector('[data-mark-time]');
    words.textContent = words.textContent.replace(words.dataset.markTime, clock(time));
    words.dataset.markTime = clock(time);
    stamped(markLink, time);
  }
  const here = { claim: at(shownClaims(), time), line: at(lines, time), chapter: at(chapters, time) };
  if (here.claim !== claim) {
    mark(claim, here.claim);
    claim?.mark?.removeAttribute('aria-current');
    claim = here.claim;
    claim?.mark?.setAttribute('aria-current', 'true');
    tell(claim);
  }
  if (here.line !== line) { mark(line, here.line); line = here.line; }
  if (here.chapter !== chapter) { mark(chapter, here.chapter); chapter = here.chapter; }
};

const hop = direction => {
  const time = media.currentTime;
  const starts = shownClaims().map(each => each.start);
  // Going back from just after a start means the one before it.
  const target = direction > 0 ? starts.find(start => start > time + 0.25) : starts.findLast(start => start < time - 1);
  if (target !== undefined) seek(target);
};
const shift = seconds => { media.currentTime = Math.min(length(), Math.max(0, media.currentTime + seconds)); };

// --- What is shown, and the claim that was chosen -------------------------------------------
// The chips are the legend, and choose for list and line together.
const choose = state => {
  for (const chip of $$('[data-states-of] [data-state]')) {
    if (chip.dataset.state === state) chip.setAttribute('aria-current', 'true');
    else chip.removeAttribute('aria-current');
  }
  for (const each of $$('.claims .claim')) each.hidden = Boolean(state) && each.dataset.state !== state;
  for (const each of $$('.tl a')) each.toggleAttribute('hidden', Boolean(state) && !each.dataset.states.split(' ').includes(state));
  const address = new URL(location.href);
  if (state) address.searchParams.set('state', state); else address.searchParams.delete('state');
  history.replaceState(null, '', address);
  if (media) follow();
};

const select = async (element, focuses = true) => {
  for (const other of $$('.claim[data-selected]')) other.removeAttribute('data-selected');
  element.setAttribute('data-selected', '');
  const { show } = await import('./selected.js');
  await show(element.querySelector('[data-select]'), focuses);
};

const copy = async () => {
  try {
    await navigator.clipboard.writeText(copyLink.href);
    live.textContent = says(copyLink.dataset.copied, { time: shown.textContent });
    copyLink.setAttribute('data-done', '');
  } catch { location.assign(copyLink.href); } // the address bar has it then
};

document.addEventListener('click', event => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest('a');
  if (!link) return;
  const goes = run => { event.preventDefault(); run(); };
  const marked = link.closest('.tl') && $(`#${link.dataset.claims.trim().split(' ')[0]}`);
  if (link.closest('[data-states-of]')) goes(() => choose(link.dataset.state));
  else if (link.matches('[data-select]')) goes(() => select(link.closest('.claim')));
  else if (link === copyLink) goes(copy);
  else if (link.matches('[data-seek]') && media) {
    goes(() => seek(Number(link.dataset.seek)));
    const address = new URL(link.getAttribute('href'), location.href); // an SVG link has no plain .href
    const state = new URLSearchParams(location.search).get('state');
    if (state) address.searchParams.set('state', state);
    history.replaceState(null, '', address);
  } else if (marked) goes(() => select(marked)); // of a film that is gone, what was said of it
  if (marked) reveal(marked);
});

// `#claim-7` and `#moment-9` name a claim: it is shown, and of a film that plays its moment.
const deepLink = () => {
  const named = /^#(claim|moment)-\d+$/.test(location.hash) && $(location.hash)?.closest('.claim');
  if (!named) return;
  reveal(named);
  if (media && !new URLSearchParams(location.search).has('t')) media.currentTime = Number(named.dataset.start);
  select(named, false);
};

// --- Keys -----------------------------------------------------------------------------------
const keys = $('#keys');
const actions = {
  ' ': toggle, n: () => hop(1), p: () => hop(-1),
  ArrowRight: () => shift(5), ArrowLeft: () => shift(-5), '.': () => shift(0.1), ',': () => shift(-0.1),
  c: () => markLink?.click(), l: () => copyLink && copy(), o: () => claim && select(claim.element),
};
document.addEventListener('keydown', event => {
  if (isTyping(event) || document.querySelector('dialog[open]')) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = key === '?' ? () => keys.showModal() : media && actions[key];
  if (!action || !isOn(key)) return;
  // On a button or a link the space bar belongs to it, on the film's own controls so do arrows.
  if (key === ' ' && event.target.closest('a, button, summary, video, input')) return;
  if (/^Arrow/.test(key) && event.target.closest('video, input, [role="application"]')) return;
  event.preventDefault();
  action();
});
$('[data-keys]')?.addEventListener('click', () => keys.showModal());
const offKeys = () => $$('[data-key]').filter(box => !box.checked).map(box => box.dataset.key);
for (const box of $$('[data-key]')) {
  box.checked = !(kept('keys-off') ?? '').split('\n').includes(box.dataset.key);
  box.addEventListener('change', () => keep('keys-off', offKeys().join('\n')));
}
for (const [box, name] of [[$('[data-keys-on]'), 'keys'], [$('[data-say]'), 'say']]) {
  box.checked = kept(name) !== 'off';
  box.addEventListener('change', () => keep(name, box.checked ? 'on' : 'off'));
}

// --- The page's life ------------------------------------------------------------------------
if (media) {
  for (const type of ['timeupdate', 'seeking', 'seeked', 'play', 'pause', 'durationchange']) media.addEventListener(type, follow);
  follow();
  $('[data-previous]')?.addEventListener('click', () => hop(-1));
  $('[data-next]')?.addEventListener('click', () => hop(1));
}
// The list and the line were drawn anew, with what others marked meanwhile.
document.addEventListener('sidenote:renewed', () => {
  claims = claimsThere();
  [head, played] = [$('[data-head]'), $('[data-played]')];
  claim = undefined;
  if (media) follow();
});
addEventListener('hashchange', deepLink);
deepLink();

// What is not needed at first is loaded at the first touch of its part of the page.
const later = (part, load, ...types) => {
  if (!part) return;
  for (const type of types) part.addEventListener(type, load, { once: true, passive: true });
};
const touch = ['pointerover', 'touchstart', 'focusin'];
// A module is loaded once, however often it is asked for.
const chart = () => import('./reach.js');
later($('[data-reach]'), chart, ...touch);
later($('[data-reach]') && document, chart, 'scroll', 'keydown');
later($('[data-words]') && document, () => import('./pick.js'), 'selectionchange');
later($('.tags'), () => import('./tags.js'), ...touch);
const idle = window.requestIdleCallback ?? (run => setTimeout(run, 200));
if ($('[data-live-root]')) idle(() => import('./live.js'));
