// What happens on this page meanwhile. It announces itself and waits: nothing moves by itself.
const root = document.querySelector('[data-live-root]');
const PAUSE = 15000; // between two questions, where there is no live service
const AGAIN = 60000; // between two renewals of a ticket
const PATIENCE = 3; // how often the service may fail before we ask instead

const claims = new Set();
const show = root?.querySelector('[data-live-show]');
let last = root?.dataset.since;

// The server gives every form that the language of the page has; which one, the browser knows.
const rules = new Intl.PluralRules(document.documentElement.lang);
const inWords = (name, number) => {
  const form = rules.select(number);
  return root.dataset[name + form[0].toUpperCase() + form.slice(1)].replace('{n}', number);
};

const announce = news => {
  for (const claim of news.claims) claims.add(claim);
  if (!claims.size) return;
  show.textContent = inWords('news', claims.size);
  show.hidden = false;
};

let namesOthers = false;
const tellWhoIsHere = async ({ count, named }) => {
  root.querySelector('[data-live-here]').textContent = count > 1 ? inWords('here', count) : '';
  // Where nobody is named, nothing more is loaded.
  if (!named && !namesOthers) return;
  namesOthers = true;
  (await import('./here.js')).tell(named);
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

let source;
let failures = 0;
let ticket = root?.dataset.ticket;
let renewedAt = 0;

const listen = before => {
  const address = new URL(root.dataset.url);
  address.searchParams.set('since', last);
  if (ticket) address.searchParams.set('ticket', ticket);
  const mine = source = new EventSource(address);
  mine.addEventListener('open', () => { failures = 0; before?.close(); });
  mine.addEventListener('message', event => { last = event.lastEventId; announce(JSON.parse(event.data)); });
  mine.addEventListener('here', event => { if (mine === source) tellWhoIsHere(JSON.parse(event.data)); });
  mine.addEventListener('stale', () => { if (mine === source) renewTicket(); });
  mine.addEventListener('error', () => {
    failures += 1;
    if (mine === source) tellWhoIsHere({ count: 0, named: 0 });
    if (failures < PATIENCE && mine.readyState !== EventSource.CLOSED) return;
    before?.close();
    mine.close();
    if (mine !== source) return;
    source = null;
    askNowAndThen();
  });
};

// The service takes a ticket for some minutes: who has signed out meanwhile gets no other. The
// old answer is heard until the new one has begun, so that nobody seems to leave and come.
const renewTicket = async () => {
  if (Date.now() - renewedAt < AGAIN) return;
  renewedAt = Date.now();
  try {
    ticket = (await (await import('./here.js')).fetchHere()).dataset.ticket ?? '';
  } catch { return; }
  if (source) listen(source);
};

if (root) {
  show.addEventListener('click', renew);
  if (root.dataset.url && 'EventSource' in window) {
    listen();
    // A page in the browser's cache listens no more, and listens again when it is taken back.
    addEventListener('pagehide', () => source?.close());
    addEventListener('pageshow', event => { if (event.persisted && source) listen(); });
  } else askNowAndThen();
}
