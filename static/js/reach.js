// The chart of a film's counts: a cursor over its points, and zooming. The server draws each range.
const root = document.querySelector('[data-reach]');
const SHORTEST = 60 * 60 * 1000;
const FAR = 10; // points that Page Up and Page Down pass

const $ = selector => root?.querySelector(selector);
const [body, live] = [$('[data-reach-body]'), $('[data-reach-live]')];
const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

// What is drawn now; taken anew from each drawing.
let plot;
let points;
let range;
let whole;
let wanted; // a range that was asked for and is not drawn yet
let at; // the number of the point under the cursor
let silence;

// Spoken once the reader pauses: not at every step on the way.
const say = words => {
  clearTimeout(silence);
  silence = setTimeout(() => { live.textContent = words; }, 400);
};
const tell = words => { $('[data-reach-read]').textContent = words; };
const told = () => $('[data-reach-read]').dataset.range;
const isWhole = () => range.from <= whole.from && range.to >= whole.to;

const adopt = () => {
  const draw = $('[data-reach-draw]');
  const moment = name => Date.parse(draw.dataset[name]);
  plot = draw.querySelector('.reach-plot') ?? draw; // a time of which nothing is known has no lines
  range = { from: moment('from'), to: moment('to') };
  whole = { from: moment('first'), to: moment('last') };
  points = [...plot.querySelectorAll('.reach-at')].map(strip => {
    const title = strip.querySelector('title');
    const words = title.textContent;
    title.remove(); // the line above the chart says it
    return { x: Number(strip.dataset.x), heights: strip.dataset.y.split(' '), words };
  });
  at = wanted = undefined;
  const read = $('[data-reach-read]');
  read.dataset.range = read.textContent;
  draw.tabIndex = 0;
  draw.setAttribute('role', 'application');
  draw.setAttribute('aria-label', plot.getAttribute('aria-label') ?? draw.textContent.trim());
  draw.setAttribute('aria-describedby', 'reach-help');
  for (const button of root.querySelectorAll('[data-reach-zoom]')) {
    const isOut = Number(button.dataset.reachZoom) > 1;
    // What cannot be pressed keeps its place among the Tab stops, and the focus.
    const isSpent = isOut ? isWhole() : points.length < 3 || range.to - range.from <= SHORTEST;
    button.setAttribute('aria-disabled', isSpent);
  }
};

const hide = () => {
  at = undefined;
  $('[data-reach-cursor]')?.setAttribute('visibility', 'hidden');
  tell(told());
};
const show = number => {
  if (!points.length) return;
  at = clamp(number, 0, points.length - 1);
  const { x, heights, words } = points[at];
  const cursor = $('[data-reach-cursor]');
  cursor.setAttribute('x', `${x}%`);
  cursor.setAttribute('visibility', 'visible');
  cursor.querySelectorAll('circle').forEach((dot, line) => {
    dot.setAttribute('visibility', heights[line] === '-' ? 'hidden' : 'inherit');
    if (heights[line] !== '-') dot.setAttribute('cy', heights[line]);
  });
  tell(words);
};
const step = by => {
  show(at === undefined ? (by > 0 ? 0 : points.length - 1) : at + by);
  if (points.length) say(points[at].words);
};

// Where on the plot, from 0 (left) to 1.
const share = clientX => {
  const box = plot.getBoundingClientRect();
  return clamp((clientX - box.left) / box.width, 0, 1);
};
const nearest = part => points.reduce(
  (best, { x }, number) => (Math.abs(x - part * 100) < Math.abs(points[best].x - part * 100) ? number : best), 0);
const time = part => range.from + part * (range.to - range.from);

// --- Other ranges --------------------------------------------------------------------
let asking;
const load = async asked => {
  asking?.abort();
  asking = new AbortController();
  if (asked.reach) wanted = asked.reach === 'all' ? whole : undefined;
  const query = new URLSearchParams(location.search);
  const moment = at === undefined ? undefined : time(points[at].x / 100);
  for (const name of ['reach', 'from', 'to']) query.delete(name);
  for (const [name, value] of Object.entries(asked)) query.set(name, value);
  root.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(`${root.dataset.source}?${query}`, { signal: asking.signal });
    if (!answer.ok) throw new Error(answer.status);
    const drawn = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!drawn.querySelector('[data-reach-draw]')) throw new Error('no chart');
    put([...drawn.body.childNodes]);
    if (moment >= range.from && moment <= range.to && points.length) {
      show(nearest((moment - range.from) / (range.to - range.from)));
      tell(told()); // the range is what is new
    }
    history.replaceState(null, '', `${location.pathname}?${query}${location.hash}`);
    say(root.dataset.drawn.replace('{range}', told()).replace('{count}', points.length));
  } catch (error) {
    if (error.name === 'AbortError') return;
    wanted = undefined;
    tell(root.dataset.failed);
    say(root.dataset.failed);
  }
  root.removeAttribute('aria-busy');
};
// What had the focus has it again, and an open table stays open.
const put = nodes => {
  const held = document.activeElement;
  const again = ['data-reach-draw', 'data-reach-range', 'data-reach-zoom']
    .find(name => root.contains(held) && held.hasAttribute(name));
  const value = again && held.getAttribute(again);
  const isOpen = $('.reach-table')?.open;
  body.replaceChildren(...nodes);
  adopt();
  if (isOpen) $('.reach-table').open = true;
  if (!again) return;
  const next = $(value ? `[${again}="${value}"]` : `[${again}]`);
  (next ?? $('[data-reach-draw]')).focus({ preventScroll: true });
};
const reach = (from, to) => {
  const span = clamp(to - from, SHORTEST, whole.to - whole.from);
  const start = clamp(from, whole.from, whole.to - span);
  wanted = { from: start, to: start + span };
  if (span >= whole.to - whole.from) return load({ reach: 'all' });
  return load({ from: new Date(start).toISOString(), to: new Date(start + span).toISOString() });
};
// What lies at a place stays there; of several steps in a row none is lost.
const zoom = (factor, part) => {
  const now = wanted ?? range;
  const span = now.to - now.from;
  if (factor < 1 && (points.length < 3 || span <= SHORTEST)) return;
  if (factor > 1 && now.from <= whole.from && now.to >= whole.to) return;
  const moment = clamp(time(part), now.from, now.to);
  const place = (moment - now.from) / span;
  reach(moment - place * span * factor, moment + (1 - place) * span * factor);
};
const middle = () => (at === undefined ? 0.5 : points[at].x / 100);

// --- Keys ----------------------------------------------------------------------------
const keys = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1),
  PageUp: () => step(-FAR), PageDown: () => step(FAR),
  Home: () => { at = 0; step(0); }, End: () => { at = points.length; step(0); },
  '+': () => zoom(0.5, middle()), '=': () => zoom(0.5, middle()),
  '-': () => zoom(2, middle()), _: () => zoom(2, middle()),
  Escape: () => { drop(); hide(); if (wanted || !isWhole()) load({ reach: 'all' }); },
};
const onKey = event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !event.target.matches('[data-reach-draw]')) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation(); // the film has keys of its own
  act();
};

// --- Pointers: a mouse drags over a stretch, a finger moves the cursor, two fingers zoom ----
const held = new Map();
let drag; // { start } of a mouse, or { left, right } of two fingers, as parts of the plot
const pick = () => $('[data-reach-pick]');
const drop = () => {
  held.clear();
  drag = undefined;
  pick()?.setAttribute('visibility', 'hidden');
  for (const line of root.querySelectorAll('[data-reach-line]')) stretch(line, 0, 1);
};
const stretch = (line, from, to) => {
  const [, , , height] = line.getAttribute('viewBox').split(' ');
  line.setAttribute('viewBox', `${from * 1000} 0 ${Math.max(1, (to - from) * 1000)} ${height}`);
};
const fingers = () => [...held.values()].map(share).sort((one, other) => one - other);
// The part of the plot that is in view when what was under two fingers is under them now.
const pinched = () => {
  const [left, right] = fingers();
  const scale = (drag.right - drag.left) / Math.max(0.02, right - left);
  const from = drag.left - left * scale;
  return [from, from + scale];
};

const onDown = event => {
  if (event.button || event.target.closest('a') || !event.target.closest('.reach-plot') || !points.length) return;
  held.set(event.pointerId, event.clientX);
  if (event.pointerType !== 'touch') drag = { start: share(event.clientX) };
  else if (held.size === 2) {
    const [left, right] = fingers();
    drag = { left, right };
    hide();
  }
  plot.setPointerCapture(event.pointerId);
};
const onMove = event => {
  if (held.has(event.pointerId)) held.set(event.pointerId, event.clientX);
  if (drag?.right !== undefined) {
    const [from, to] = pinched();
    for (const line of root.querySelectorAll('[data-reach-line]')) stretch(line, from, to);
    return;
  }
  if (!event.target.closest('.reach-plot') || !points.length) return;
  const here = share(event.clientX);
  if (drag) {
    pick().setAttribute('x', `${Math.min(here, drag.start) * 100}%`);
    pick().setAttribute('width', `${Math.abs(here - drag.start) * 100}%`);
    pick().setAttribute('visibility', 'visible');
  }
  show(nearest(here));
};
const onUp = event => {
  if (!held.has(event.pointerId)) return;
  held.set(event.pointerId, event.clientX);
  const [was, here] = [drag, share(event.clientX)];
  if (was?.right !== undefined) {
    const [from, to] = pinched();
    drop();
    reach(time(from), time(to));
  } else if (was && Math.abs(here - was.start) > 0.02) {
    const [from, to] = [here, was.start].sort((one, other) => one - other);
    drop();
    reach(time(from), time(to));
  } else drop();
};

if (root && $('[data-reach-draw]')) {
  adopt();
  root.addEventListener('keydown', onKey);
  body.addEventListener('pointerdown', onDown);
  body.addEventListener('pointermove', onMove);
  body.addEventListener('pointerup', onUp);
  body.addEventListener('pointercancel', drop);
  body.addEventListener('pointerout', event => {
    if (event.pointerType === 'touch') return; // it stays where the finger was
    if (!plot.contains(event.relatedTarget) && !drag && !document.activeElement.matches('[data-reach-draw]')) hide();
  });
  root.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const button = event.target.closest('[data-reach-zoom]');
    if (button?.getAttribute('aria-disabled') === 'false') zoom(Number(button.dataset.reachZoom), middle());
    const link = event.target.closest('[data-reach-range]');
    if (!link) return;
    event.preventDefault();
    load({ reach: link.dataset.reachRange });
  });
}
