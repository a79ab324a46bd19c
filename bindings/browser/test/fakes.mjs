// A server in memory: sockets, event streams and requests that tests answer.

/** What the transports of one page do. */
export class Network {
  sockets = [];
  streams = [];
  requests = [];
  /** Names of transports that fail at once. */
  blocked = new Set();

  get environment() {
    const network = this;
    return {
      WebSocket: class {
        sent = [];
        constructor(url) {
          this.url = url;
          network.sockets.push(this);
          if (network.blocked.has('socket')) setTimeout(() => this.onclose?.());
        }
        send(text) {
          this.sent.push(JSON.parse(text));
        }
        close() {
          this.closed = true;
        }
        put(message) {
          this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
        }
      },
      EventSource: class {
        constructor(url) {
          this.url = url;
          network.streams.push(this);
          if (network.blocked.has('sse')) setTimeout(() => this.onerror?.());
        }
        close() {
          this.closed = true;
        }
        put(message) {
          this.onmessage?.({ data: JSON.stringify(message) });
        }
      },
      fetch: (url, init = {}) =>
        new Promise((resolve, reject) => {
          const request = { url: new URL(url), method: init.method ?? 'GET', headers: init.headers, body: init.body };
          if (network.blocked.has('poll')) return setTimeout(() => reject(new TypeError('blocked')));
          init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
          request.answer = (body, status = 200, type = 'application/json') => {
            const text = typeof body === 'string' ? body : JSON.stringify(body);
            resolve(new Response(status === 204 ? null : text, { status, headers: { 'Content-Type': type } }));
          };
          request.fail = () => reject(new TypeError('lost'));
          network.requests.push(request);
        }),
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  get polls() {
    return this.requests.filter((request) => request.method === 'GET');
  }

  get posts() {
    return this.requests.filter((request) => request.method === 'POST');
  }
}

/** Until what was set off has been done. */
export const settle = async () => {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setTimeout(resolve, 1));
};
