// The form that marks a claim: times come from the film beside it.
import './site.js';
import { clock, exact, media } from './player.js';

if (media) {
  for (const button of document.querySelectorAll('[data-take]')) {
    const field = document.getElementById(button.dataset.take);
    button.hidden = false;
    button.addEventListener('click', () => {
      field.value = exact(media.currentTime);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }
  const shown = document.querySelector('[data-clock]');
  const follow = () => { if (shown) shown.textContent = clock(media.currentTime); };
  for (const type of ['timeupdate', 'seeking', 'seeked']) media.addEventListener(type, follow);
  follow();
}
