// The film of this page, whoever plays it: <video> and <yt-film> have one surface.
import './yt-film.js';

export const media = document.querySelector('yt-film, .film video');

export const seek = seconds => {
  media.currentTime = seconds;
  // A browser may refuse to play; the reader is at the right moment all the same.
  media.play()?.catch?.(() => {});
};

export const toggle = () => { if (media.paused) media.play()?.catch?.(() => {}); else media.pause(); };

// A film that cannot be shown here says where else it is.
media?.addEventListener('error', () => document.querySelector('[data-film-error]')?.removeAttribute('hidden'));
