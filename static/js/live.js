// What happens on this page meanwhile. It announces itself and waits: nothing moves by itself.
const root = document.querySelector('[data-live-root]');
const PAUSE = 15000; // between two questions, where there is no live service
const PATIENCE = 3; // how often the service may fail before we ask instead

const claims = new Set();
const show = root?.querySelector('[data-live-show]');
let last = root?.dataset.since;

const announce = news => {
  for (const claim of news.claims) claims.add(claim);
  if (!claims.size) return;
  show.textContent = claims.size === 1 ? root.dataset.one : root.dataset.many.replace('#', claims.size);
  show.hidden = false;
};

const tellWhoIsHere = count => {
  const words = count > 1 ? root.dataset.hereMany : root.dataset.hereOne;
  root.querySelector('[data-live-here]').textContent = words.replace('#', count);
};

const isInUse = part => part.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')
  || [...part.querySelectorAll('textarea, input:not([type="hidden"])')].some(field => field.value !== field.defaultValue || field.checked !== field.defaultChecked);

// The page is asked for again as this reader, so that rights hold, and only its parts are put in.
const renew = async () => {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
  if (!answer.ok) { location.reload(); return; }
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const { keepFocus } = await import('./focus.js');
  const heading = () => document.querySelector('[data-live-part] h2');
  const wasHere = document.activeElement === show;
  for (const part of document.querySelectorAll('[data-live-part]')) {
    const other = fresh.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
    // What somebody is writing stays as it is, and a list where it was scrolled to.
    if (!other || isInUse(part)) continue;
    const scrolled = part.querySelector('.scroll')?.scrollTop;
    keepFocus(part, () => part.replaceWith(document.adoptNode(other)), heading);
    if (scrolled) other.querySelector('.scroll').scrollTop = scrolled;
  }
  last = fresh.querySelector('[data-live-root]')?.dataset.since ?? last;
  claims.clear();
  show.hidden = true;
  document.dispatchEvent(new CustomEvent('sidenote:renewed'));
  // The button that was pressed is gone.
  if (wasHere) heading()?.focus({ preventScroll: true });
};

const ask = async () => {
  if (document.hidden) return;
  try {
    const address = new URL(root.dataset.asks, location.href);
    address.searchParams.set('since', last);
    const answer = await fetch(address);
    if (!answer.ok) return;
    const news = await answer.json();
    last = news.last;
    announce(news);
  } catch { /* the next question may be answered */ }
};

const askNowAndThen = () => {
  setInterval(ask, PAUSE);
  document.addEventListener('visibilitychange', ask);
};

const listen = () => {
  let failures = 0;
  const address = new URL(root.dataset.url);
  address.searchParams.set('since', last);
  const source = new EventSource(address);
  source.addEventListener('open', () => { failures = 0; });
  source.addEventListener('message', event => { last = event.lastEventId; announce(JSON.parse(event.data)); });
  source.addEventListener('here', event => tellWhoIsHere(JSON.parse(event.data).count));
  source.addEventListener('error', () => {
    failures += 1;
    if (failures < PATIENCE && source.readyState !== EventSource.CLOSED) return;
    source.close();
    askNowAndThen();
  });
  // A page in the browser's cache listens no more, and listens again when it is taken back.
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', event => { if (event.persisted) listen(); });
};

if (root) {
  show.addEventListener('click', renew);
  if (root.dataset.url && 'EventSource' in window) listen();
  else askNowAndThen();
}
