// The film of this page, whoever plays it: <video>, <yt-film> and <remote-film> have one surface
// and the same events. What plays from elsewhere is a poster until the first play; until then
// neither its module is loaded nor its site asked.
const element = document.querySelector('yt-film, remote-film, .film video');
const MODULES = { 'YT-FILM': () => import('./yt-film.js'), 'REMOTE-FILM': () => import('./remote-film.js') };

const poster = (film, load) => {
  let at = Number(film.getAttribute('start')) || 0;
  let isThere = false;
  let coming;
  const arrive = () => {
    coming ??= load().then(() => {
      film.currentTime = at;
      isThere = true;
    });
    return coming;
  };
  return {
    get currentTime() { return isThere ? film.currentTime : at; },
    set currentTime(seconds) {
      if (isThere) { film.currentTime = seconds; return; }
      at = Math.max(0, Number(seconds) || 0);
      for (const type of ['seeking', 'timeupdate']) film.dispatchEvent(new Event(type));
    },
    get duration() { return isThere ? film.duration : Number(film.getAttribute('duration')) || NaN; },
    get paused() { return isThere ? film.paused : true; },
    play: () => (isThere ? film.play() : arrive().then(() => film.play())),
    pause: () => { if (isThere) film.pause(); },
    addEventListener: (...rest) => film.addEventListener(...rest),
    removeEventListener: (...rest) => film.removeEventListener(...rest),
  };
};

// A copy may begin earlier or later than the film. Every time on the page is the film's own;
// only the player is told the copy's.
const shifted = (copy, shift, length) => ({
  get currentTime() { return Math.max(0, copy.currentTime - shift); },
  set currentTime(seconds) { copy.currentTime = Math.max(0, seconds + shift); },
  get duration() { return length || copy.duration - shift; },
  get paused() { return copy.paused; },
  play: () => copy.play(),
  pause: () => copy.pause(),
  addEventListener: (...rest) => copy.addEventListener(...rest),
  removeEventListener: (...rest) => copy.removeEventListener(...rest),
});

const surface = () => {
  const load = MODULES[element?.tagName];
  const plain = load ? poster(element, load) : element;
  const shift = Number(element?.dataset.shift) || 0;
  return shift ? shifted(plain, shift, Number(element.dataset.length)) : plain;
};
export const media = surface();

// A browser may refuse to play; the reader is at the right moment all the same.
export const play = () => media.play()?.catch?.(() => {});
export const seek = seconds => {
  media.currentTime = seconds;
  play();
};
export const toggle = () => { if (media.paused) play(); else media.pause(); };

// The server rendered a plain link to the film elsewhere; with scripts it plays here.
element?.addEventListener('click', event => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest('[data-load]')) return;
  event.preventDefault();
  play();
});
// A film that cannot be shown here says where else it is.
media?.addEventListener('error', () => document.querySelector('[data-film-error]')?.removeAttribute('hidden'));

// --- Times ------------------------------------------------------------------------------
// Seconds to 12:34 or 1:02:03, as the server writes them.
export const clock = seconds => {
  const whole = Math.max(0, Math.floor(seconds));
  const two = number => String(number).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

// To the tenth of a second, for forms: 12:34.5. Rounded first, so that 59.96 is 1:00.
export const exact = seconds => {
  const tenths = Math.max(0, Math.round(seconds * 10));
  return clock(Math.floor(tenths / 10)) + (tenths % 10 ? `.${tenths % 10}` : '');
};
