// The form that marks a claim: times come from the film beside it, and are tried out there.
import './site.js';
import { clock, exact, media, play } from './player.js';

const STEP = 0.1;
const WATCH_MS = 50; // how often the end of the range is looked for

// 72.5, 1:12.5 or 1:02:03, as the server reads them; NaN for anything else.
const seconds = text => {
  const match = /^(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,6})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!match) return NaN;
  const [hours, minutes, whole] = match.slice(1, 4).map(part => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + whole + Number(`0.${match[4] ?? 0}`);
};

const preview = document.querySelector('[data-preview]');
const [loop, said] = [preview?.querySelector('[data-preview-loop]'), preview?.querySelector('[data-preview-said]')];
const [start, end] = ['startField', 'endField'].map(name => document.getElementById(preview?.dataset[name]));
let watch;

const range = () => {
  const [from, to] = [seconds(start.value), seconds(end.value)];
  return from < to ? { from, to } : null;
};
const tell = () => {
  const there = range();
  said.textContent = there ? said.dataset.length.replace('{seconds}', (there.to - there.from).toFixed(1)) : '';
};

const stop = () => {
  clearInterval(watch);
  watch = undefined;
  loop.setAttribute('aria-pressed', 'false');
  media.pause();
};
const begin = () => {
  const there = range();
  if (!there) { said.textContent = said.dataset.wrong; return; }
  loop.setAttribute('aria-pressed', 'true');
  media.currentTime = there.from;
  play();
  // timeupdate comes four times a second only: too seldom for a range of one.
  watch = setInterval(() => {
    const now = range();
    if (!now) { stop(); return; }
    const time = media.currentTime;
    if (time >= now.to || time < now.from - 1) {
      media.currentTime = now.from;
      if (media.paused) play();
    }
  }, WATCH_MS);
};

const set = (field, time) => {
  field.value = exact(Math.max(0, time));
  field.dispatchEvent(new Event('input', { bubbles: true }));
};
// What was moved is shown: the film stands at that moment.
const nudge = (field, by) => {
  const time = seconds(field.value);
  const from = Number.isNaN(time) ? media.currentTime : time;
  set(field, from + by);
  if (!watch) media.currentTime = seconds(field.value);
};

if (media && preview) {
  preview.hidden = false;
  for (const group of document.querySelectorAll('[data-nudges]')) {
    const field = document.getElementById(group.dataset.nudges);
    group.hidden = false;
    group.addEventListener('click', event => {
      const button = event.target.closest('button');
      if (button?.dataset.nudge) nudge(field, Number(button.dataset.nudge));
      else if (button) set(field, media.currentTime);
    });
    field.addEventListener('keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^Arrow(Up|Down)$/.test(event.key)) return;
      event.preventDefault();
      nudge(field, (event.key === 'ArrowUp' ? STEP : -STEP) * (event.shiftKey ? 10 : 1));
    });
    field.addEventListener('input', tell);
  }
  loop.addEventListener('click', () => { if (watch) stop(); else begin(); });
  tell();
  const shown = document.querySelector('[data-clock]');
  const follow = () => { if (shown) shown.textContent = clock(media.currentTime); };
  for (const type of ['timeupdate', 'seeking', 'seeked']) media.addEventListener(type, follow);
  follow();
}
