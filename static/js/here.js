// Who is here by name. The service tells how many there are to be named; who they are is asked
// for as this reader, and now and then again, because a choice can be taken back.
const root = document.querySelector('[data-live-root]');
const place = root.querySelector('[data-live-names]');
const PAUSE = 10000;
const SOON = 1000; // at most one question in so long, however many come and go

let named = 0;
let asked = 0;
let timer;
let waiting = null;

const nobody = () => document.createElement('div');

// Return the piece that names them; it carries a fresh ticket too.
export const fetchHere = async () => {
  const answer = await fetch(root.dataset.asksHere);
  if (answer.status === 404) return nobody();
  if (!answer.ok) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-here]') ?? nobody();
};

// Nothing moves under a pointer or under the focus: who has gone is unseen at once, the rest waits.
const put = () => {
  if (!waiting) return;
  if (place.matches(':hover, :focus-within')) {
    const there = new Set([...waiting.querySelectorAll('a')].map(link => link.getAttribute('href')));
    for (const link of place.querySelectorAll('a')) {
      link.closest('li').classList.toggle('gone', !there.has(link.getAttribute('href')));
    }
    return;
  }
  const [fresh, shown] = [waiting, place.innerHTML];
  waiting = null;
  if (fresh.innerHTML !== shown) place.replaceChildren(...document.adoptNode(fresh).childNodes);
};

const ask = async () => {
  const mine = asked = Date.now();
  if (named && document.hidden) return;
  if (named) askIn(PAUSE);
  // What cannot be known is not shown.
  const found = named ? await fetchHere().catch(nobody) : nobody();
  if (mine !== asked) return;
  waiting = found;
  put();
};

const askIn = pause => { clearTimeout(timer); timer = setTimeout(ask, pause); };

// So many others are to be named now, or others than before.
export const tell = count => {
  named = count;
  askIn(Math.max(0, asked + SOON - Date.now()));
};

place.addEventListener('pointerleave', put);
place.addEventListener('focusout', () => setTimeout(put));
document.addEventListener('visibilitychange', () => { if (named && !document.hidden) tell(named); });
