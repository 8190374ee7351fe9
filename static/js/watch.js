// The watch page: claims, timeline and transcript follow the film, and lead it.
import { isTyping } from './site.js';
import { clock, media, seek, toggle } from './player.js';

const $ = selector => document.querySelector(selector);
const $$ = selector => [...document.querySelectorAll(selector)];

const claimsThere = () => $$('.claims .claim').map(element => ({
  element,
  mark: $(`.tl a[data-claims~="${element.id}"]`),
  start: Number(element.dataset.start),
  end: Number(element.dataset.end),
  words: element.querySelector('h3').textContent.trim(),
}));
let claims = claimsThere();
const lines = $$('.script li').map(element => ({ element, start: Number(element.dataset.start), end: Number(element.dataset.end) }));
let [head, played] = [$('[data-head]'), $('[data-played]')];
const [shown, live] = [$('[data-clock]'), $('[data-live]')];
const markLink = $('[data-mark]');
const length = () => media.duration || Number($('.tl')?.dataset.length) || 1;

// Scrolls the list itself only: scrollIntoView would move the page under the reader.
const reveal = element => {
  const box = element.closest('.scroll');
  if (!box || box.matches(':hover, :focus-within') || box.scrollHeight <= box.clientHeight) return;
  box.scrollTop = element.offsetTop - box.clientHeight / 3;
};

// While the film plays, following moves nothing the reader holds.
let claim;
let line;
const follow = () => {
  const time = media.currentTime;
  const share = `${Math.min(100, (time / length()) * 100)}%`;
  head?.setAttribute('x', share);
  played?.setAttribute('width', share);
  if (shown) shown.textContent = clock(time);
  if (markLink) {
    markLink.querySelector('[data-mark-time]').textContent = clock(time);
    const address = new URL(markLink.href);
    address.searchParams.set('t', Math.floor(time * 10) / 10);
    markLink.href = address;
  }
  const hereClaim = claims.findLast(each => time >= each.start && time < each.end);
  if (hereClaim !== claim) {
    claim?.element.removeAttribute('data-now');
    claim?.mark?.removeAttribute('aria-current');
    claim = hereClaim;
    if (claim) {
      claim.element.setAttribute('data-now', '');
      claim.mark?.setAttribute('aria-current', 'true');
      reveal(claim.element);
      live.textContent = `Claim at ${clock(claim.start)}: ${claim.words}`;
    }
  }
  const hereLine = lines.findLast(each => time >= each.start && time < each.end);
  if (hereLine !== line) {
    line?.element.removeAttribute('data-now');
    line = hereLine;
    if (line) { line.element.setAttribute('data-now', ''); reveal(line.element); }
  }
};

const hop = direction => {
  const time = media.currentTime;
  const starts = claims.map(each => each.start);
  // Going back from just after a start means the one before it.
  const target = direction > 0 ? starts.find(start => start > time + 0.25) : starts.findLast(start => start < time - 1);
  if (target !== undefined) seek(target);
};

const keys = $('#keys');
const actions = {
  ' ': toggle, n: () => hop(1), p: () => hop(-1),
  ArrowRight: () => { media.currentTime = Math.min(length(), media.currentTime + 5); },
  ArrowLeft: () => { media.currentTime = Math.max(0, media.currentTime - 5); },
  c: () => markLink?.click(), '?': () => keys?.showModal(),
};
// One key is enough to set something off by accident (or by voice): it can be switched off.
const keysAreOn = () => { try { return localStorage.getItem('keys') !== 'off'; } catch { return true; } };

if (media) {
  for (const type of ['timeupdate', 'seeking', 'seeked', 'play', 'pause', 'durationchange']) media.addEventListener(type, follow);
  follow();
  // The list and the line were drawn anew, with what others marked meanwhile.
  document.addEventListener('sidenote:renewed', () => {
    claims = claimsThere();
    [head, played] = [$('[data-head]'), $('[data-played]')];
    claim = undefined;
    follow();
  });

  document.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest('a[data-seek]');
    if (!link) return;
    event.preventDefault();
    seek(Number(link.dataset.seek));
    history.replaceState(null, '', link.getAttribute('href')); // an SVG link has no plain .href
  });
  $('[data-previous]')?.addEventListener('click', () => hop(-1));
  $('[data-next]')?.addEventListener('click', () => hop(1));
  document.addEventListener('keydown', event => {
    if (isTyping(event) || keys?.open || !keysAreOn()) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions[key];
    // On a button or a link the space bar belongs to it, on the film's own controls so do arrows.
    if (!action) return;
    if (key === ' ' && event.target.closest('a, button, summary, video')) return;
    if (/^Arrow/.test(key) && event.target.closest('video')) return;
    event.preventDefault();
    action();
  });
  $('[data-keys]')?.addEventListener('click', () => keys.showModal());
  const keySwitch = $('[data-keys-on]');
  if (keySwitch) {
    keySwitch.checked = keysAreOn();
    keySwitch.addEventListener('change', () => {
      try { localStorage.setItem('keys', keySwitch.checked ? 'on' : 'off'); } catch { /* on until the page is left */ }
    });
  }
}

// What is not needed at first is loaded at the first touch of its part of the page.
const later = (part, load, ...types) => {
  if (!part) return;
  let coming;
  for (const type of types) part.addEventListener(type, () => { coming ??= load(); }, { once: true, passive: true });
};
const touch = ['pointerover', 'touchstart', 'focusin'];
later($('[data-reach]'), () => import('./reach.js'), ...touch);
later($('[data-words]') && document, () => import('./pick.js'), 'selectionchange');
later($('.tags'), () => import('./tags.js'), ...touch);
const idle = window.requestIdleCallback ?? (run => setTimeout(run, 200));
if ($('[data-live-root]')) idle(() => import('./live.js'));
