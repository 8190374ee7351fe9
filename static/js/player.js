// The film of this page, whoever plays it: <video>, <yt-film> and <remote-film> have one surface.
import './remote-film.js';
import './yt-film.js';

const element = document.querySelector('yt-film, remote-film, .film video');

// A copy may begin earlier or later than the film. Every time on the page is the film's own;
// only the player is told the copy's.
const shifted = (copy, shift) => ({
  get currentTime() { return Math.max(0, copy.currentTime - shift); },
  set currentTime(seconds) { copy.currentTime = Math.max(0, seconds + shift); },
  get duration() { return Number(copy.dataset.length) || copy.duration - shift; },
  get paused() { return copy.paused; },
  play: () => copy.play(),
  pause: () => copy.pause(),
  addEventListener: (...rest) => copy.addEventListener(...rest),
});
const shift = Number(element?.dataset.shift) || 0;

export const media = shift ? shifted(element, shift) : element;

export const seek = seconds => {
  media.currentTime = seconds;
  // A browser may refuse to play; the reader is at the right moment all the same.
  media.play()?.catch?.(() => {});
};

export const toggle = () => { if (media.paused) media.play()?.catch?.(() => {}); else media.pause(); };

// A film that cannot be shown here says where else it is.
media?.addEventListener('error', () => document.querySelector('[data-film-error]')?.removeAttribute('hidden'));
