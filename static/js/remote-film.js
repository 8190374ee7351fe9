/* <remote-film src="https://…" start="63.5" title="…"> is a poster until somebody presses play,
   then a <video> of a file on another site, with its surface. Before that the other site is
   asked nothing; the page's policy lets in the files of that one site alone. */
const EVENTS = ['loadstart', 'durationchange', 'loadedmetadata', 'play', 'playing', 'waiting', 'timeupdate', 'seeking', 'seeked', 'pause', 'ratechange', 'ended', 'error'];

export class RemoteFilm extends HTMLElement {
  #video = null;
  #startAt = null;

  #load() {
    const video = document.createElement('video');
    video.controls = true;
    video.setAttribute('aria-label', this.getAttribute('title') || 'Video');
    for (const type of EVENTS) video.addEventListener(type, () => this.dispatchEvent(new Event(type)));
    video.addEventListener('loadedmetadata', () => { video.currentTime = this.currentTime; this.#startAt = null; }, { once: true });
    this.#startAt ??= this.#start;
    video.src = this.getAttribute('src').split('#')[0];
    this.#video = video;
    this.replaceChildren(video);
    video.focus({ preventScroll: true });
  }

  get #start() { return Number(this.getAttribute('start')) || 0; }

  // --- The surface of a <video> ---------------------------------------------------------
  play() { if (!this.#video) this.#load(); return this.#video.play(); }
  pause() { this.#video?.pause(); }
  get paused() { return this.#video?.paused ?? true; }
  get ended() { return this.#video?.ended ?? false; }
  get duration() { return this.#video?.duration ?? NaN; }

  get currentTime() {
    if (this.#startAt !== null) return this.#startAt;
    return this.#video ? this.#video.currentTime : this.#start;
  }

  set currentTime(seconds) {
    const wanted = Math.max(0, Number(seconds) || 0);
    if (this.#video?.readyState) { this.#video.currentTime = wanted; return; }
    this.#startAt = wanted; // taken once the file's length is known
    this.dispatchEvent(new Event('seeking'));
    this.dispatchEvent(new Event('timeupdate'));
  }
}

customElements.define('remote-film', RemoteFilm);
