// States of the server, told as they change: one stream of events for a page, whatever number of things it shows. Hidden
// pages listen to nothing. Where no stream can be had, the JSON is asked for from time to time.

const ASK_AGAIN_MS = 2000;

export class Live {
  // onlink(word): "live", "asking" or "lost".
  constructor(onlink) {
    this.things = new Map();
    this.onlink = onlink || (() => {});
    this.source = null;
    this.timer = 0;
    this.stale = 0;
    document.addEventListener("visibilitychange", () => this.restart());
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", () => this.restart());
  }

  // Follows `path` under a name that one may reuse for another path: on(state), problem(message).
  follow(name, path, on, problem) {
    const old = this.things.get(name);
    if (old && old.path === path) return;
    this.things.set(name, {path, on, problem: problem || (() => {})});
    this.restart();
  }

  unfollow(name) {
    if (this.things.delete(name)) this.restart();
  }

  restart() {
    clearTimeout(this.stale);
    // Several changes in one go open one stream.
    this.stale = setTimeout(() => this.start(), 0);
  }

  stop() {
    if (this.source) this.source.close();
    this.source = null;
    clearTimeout(this.timer);
  }

  start() {
    this.stop();
    if (document.hidden || this.things.size === 0) return;
    const query = [...this.things.values()].map((thing) => `of=${encodeURIComponent(thing.path)}`).join("&");
    const source = new EventSource(`/api/live?${query}`);
    this.source = source;
    source.addEventListener("open", () => this.onlink("live"));
    source.addEventListener("state", (event) => this.take(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      // A stream that was refused does not come back by itself; one that broke does.
      if (source.readyState === EventSource.CLOSED) this.ask();
      else this.onlink("lost");
    });
  }

  take(event) {
    for (const thing of this.things.values()) {
      if (thing.path !== event.of) continue;
      if (event.status === 200) thing.on(event.state);
      else thing.problem(event.state && event.state.error ? event.state.error.message : "The server failed.");
    }
  }

  async ask() {
    this.stop();
    const results = await Promise.all([...this.things.values()].map(async (thing) => {
      try {
        const answer = await fetch(thing.path, {headers: {Accept: "application/json"}});
        this.take({of: thing.path, status: answer.status, state: await answer.json()});
        return true;
      } catch {
        return false;
      }
    }));
    this.onlink(results.every(Boolean) ? "asking" : "lost");
    if (!document.hidden) this.timer = setTimeout(() => this.ask(), ASK_AGAIN_MS);
  }
}
