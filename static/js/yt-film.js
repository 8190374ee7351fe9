/* <yt-film video-id="…" start="63.5" duration="586" title="…"> is a poster until somebody presses
   play, then YouTube's own player, with the surface of a <video>. It speaks the postMessage
   protocol of the embedded page itself, so no script of YouTube's ever runs here: the policy
   needs only frame-src https://www.youtube-nocookie.com. Nothing may lie over the player and its
   controls stay (YouTube's terms); ours stand below it. */
const ORIGIN = 'https://www.youtube-nocookie.com';
const STATE = { ENDED: 0, PLAYING: 1, PAUSED: 2, BUFFERING: 3 };
const LISTENED = ['onError', 'onStateChange', 'onPlaybackRateChange', 'onAutoplayBlocked'];

export class YtFilm extends HTMLElement {
  #frame = null;
  #info = { currentTime: 0, duration: NaN, playerState: -1, muted: false, volume: 100, playbackRate: 1, videoLoadedFraction: 0 };
  #heardAt = 0;
  #ready;
  #resolve;
  #poll;
  #seekTo = null;
  #seekTimer;
  #playing = false;
  error = null;

  constructor() {
    super();
    this.#ready = new Promise(resolve => { this.#resolve = resolve; });
  }

  connectedCallback() {
    addEventListener('message', this.#onMessage);
    this.dataset.state = 'facade';
  }

  disconnectedCallback() {
    removeEventListener('message', this.#onMessage);
    clearInterval(this.#poll);
  }

  get loaded() { return this.#frame !== null; }

  load() {
    if (this.#frame) return this.#ready;
    const id = this.getAttribute('video-id');
    if (!/^[\w-]{11}$/.test(id)) throw new TypeError('not a video id');
    this.#seekTo ??= this.#start || null;
    const query = new URLSearchParams({
      enablejsapi: 1, origin: location.origin, playsinline: 1, rel: 0, autoplay: 1, hl: document.documentElement.lang || 'en',
    });
    if (this.#seekTo) query.set('start', Math.floor(this.#seekTo));
    const frame = document.createElement('iframe');
    frame.src = `${ORIGIN}/embed/${id}?${query}`;
    frame.title = this.getAttribute('title') || 'Video player';
    frame.allow = 'autoplay; encrypted-media; fullscreen; picture-in-picture';
    frame.referrerPolicy = 'strict-origin-when-cross-origin'; // without a Referer: error 153
    frame.addEventListener('load', () => {
      clearInterval(this.#poll);
      this.#poll = setInterval(() => this.#post({ event: 'listening' }), 150); // until it answers
    });
    this.#frame = frame;
    this.tabIndex = -1;
    this.replaceChildren(frame);
    this.focus({ preventScroll: true }); // the frame would swallow the page's keys; Tab goes on into it
    this.dataset.state = 'loading';
    this.#emit('loadstart');
    return this.#ready;
  }

  get #start() { return Number(this.getAttribute('start')) || 0; }

  #post(message) { this.#frame?.contentWindow?.postMessage(JSON.stringify({ id: 1, channel: 'widget', ...message }), ORIGIN); }
  #command(func, ...args) { return this.#ready.then(() => this.#post({ event: 'command', func, args })); }
  #emit(type) { this.dispatchEvent(new Event(type)); }

  #onMessage = event => {
    if (event.origin !== ORIGIN || event.source !== this.#frame?.contentWindow) return;
    let message;
    try { message = JSON.parse(event.data); } catch { return; }
    if ((message.event === 'onReady' || message.event === 'initialDelivery') && this.dataset.state === 'loading') this.#onReady();
    if (message.event === 'onError') {
      clearInterval(this.#poll);
      this.error = { code: message.info };
      this.dataset.state = 'error';
      this.#emit('error');
      return;
    }
    if (message.info && typeof message.info === 'object') this.#onInfo(message.info);
  };

  #onReady() {
    clearInterval(this.#poll);
    this.dataset.state = 'ready';
    for (const name of LISTENED) this.#post({ event: 'command', func: 'addEventListener', args: [name] });
    // ?start= takes whole seconds only.
    if (this.#seekTo !== null) this.#post({ event: 'command', func: 'seekTo', args: [this.#seekTo, true] });
    this.#resolve();
    this.#emit('loadedmetadata');
  }

  #onInfo(info) {
    const was = { ...this.#info };
    Object.assign(this.#info, info);
    if (info.duration && info.duration !== was.duration) this.#emit('durationchange');
    if ('playbackRate' in info && info.playbackRate !== was.playbackRate) this.#emit('ratechange');
    if ('currentTime' in info) {
      this.#heardAt = performance.now();
      if (this.#seekTo !== null && Math.abs(info.currentTime - this.#seekTo) < 1.5) this.#endSeek();
      if (info.currentTime !== was.currentTime) this.#emit('timeupdate');
    }
    if ('playerState' in info && info.playerState !== was.playerState) this.#onState(info.playerState);
  }

  #onState(state) {
    if (state === STATE.BUFFERING) this.#emit('waiting');
    if ((state === STATE.PLAYING || state === STATE.BUFFERING) && !this.#playing) { this.#playing = true; this.#emit('play'); }
    if (state === STATE.PLAYING) {
      if (this.#seekTo !== null) this.#endSeek();
      this.#emit('playing');
    }
    if ((state === STATE.PAUSED || state === STATE.ENDED) && this.#playing) { this.#playing = false; this.#emit('pause'); }
    if (state === STATE.ENDED) this.#emit('ended');
  }

  #endSeek() { clearTimeout(this.#seekTimer); this.#seekTo = null; this.#emit('seeked'); }

  // --- The surface of a <video> ---------------------------------------------------------
  play() { return this.#frame ? this.#command('playVideo') : this.load(); }
  pause() { return this.#command('pauseVideo'); }
  get paused() { return !this.#playing; }
  get ended() { return this.#info.playerState === STATE.ENDED; }
  get duration() { return this.#info.duration || Number(this.getAttribute('duration')) || NaN; }

  get currentTime() {
    if (this.#seekTo !== null) return this.#seekTo;
    if (!this.#frame) return this.#start;
    const { currentTime, playerState, playbackRate } = this.#info;
    if (playerState !== STATE.PLAYING) return currentTime;
    // Messages come four times a second; between them the clock runs on.
    const since = ((performance.now() - this.#heardAt) / 1000) * playbackRate;
    return Math.min(currentTime + since, this.duration || Infinity);
  }

  set currentTime(seconds) {
    this.#seekTo = Math.max(0, Number(seconds) || 0);
    this.#info.currentTime = this.#seekTo;
    this.#emit('seeking');
    if (this.#frame) this.#command('seekTo', this.#seekTo, true);
    this.#emit('timeupdate');
    clearTimeout(this.#seekTimer);
    this.#seekTimer = setTimeout(() => { if (this.#frame) this.#endSeek(); }, 4000);
  }

  get seeking() { return this.#seekTo !== null; }
  get playbackRate() { return this.#info.playbackRate; }
  set playbackRate(rate) { this.#command('setPlaybackRate', rate); }
  get muted() { return this.#info.muted; }
  set muted(muted) { this.#command(muted ? 'mute' : 'unMute'); }
  get volume() { return this.#info.volume / 100; }
  set volume(volume) { this.#command('setVolume', volume * 100); }
  get readyState() { return this.dataset.state === 'ready' ? 4 : 0; }
  get buffered() {
    const end = this.#info.videoLoadedFraction * (this.duration || 0);
    return { length: end ? 1 : 0, start: () => 0, end: () => end };
  }
}

customElements.define('yt-film', YtFilm);
