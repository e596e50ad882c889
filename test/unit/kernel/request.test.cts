/**
 * What is sent, what is sent again, and what a failure means: n8n's own HTTP helper against a real
 * server. Only the waits between requests are shortened, never the network.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as realWait } from 'node:timers/promises';
import { ServiceError, type ServiceFailure } from '../../../nodes/kernel/errors.ts';
import { createRequester, retryAfterMs, type Call, type Effect, type RequesterSettings } from '../../../nodes/kernel/request.ts';
import { createContext } from './context.mts';

const KEY = 'sk_prefix.S3cret+value/with=signs';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers in turn; the last one for all that follow. */
let answers: Answer[] = [];
/** When requests left, by the clock of the waits. */
let sentAt: number[] = [];
let received: Array<{ method: string; url: string; body: string; headers: IncomingMessage['headers']; at: number }> = [];

const server = createServer(async (request, response) => {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const { method = '', url = '', headers } = request;
	received.push({ method, url, headers, body: Buffer.concat(chunks).toString(), at: Date.now() });
	const answer = answers.length > 1 ? answers.shift()! : answers[0];
	answer(request, response);
});
let base = '';

beforeAll(async () => {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
});
beforeEach(() => {
	received = [];
	sentAt = [];
	answers = [];
});
afterEach(() => {
	jest.restoreAllMocks();
});

/** Lets the waits of the requester pass at once, with the clock put forward by as much. Gives their lengths. */
function quickWaits(): number[] {
	const waits: number[] = [];
	let ahead = 0;
	const { now } = Date;
	const { setTimeout: later } = globalThis;
	jest.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
	jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms = 0, ...rest: never[]) => {
		// n8n's sleep sets a timer on a bare `resolve`; the time-outs of requests are functions of their own and stay real.
		if (Function.prototype.toString.call(work) !== 'function () { [native code] }') return later(work, ms, ...rest);
		waits.push(ms);
		const due = Date.now() + ms;
		return setImmediate(() => {
			ahead += Math.max(0, due - Date.now());
			work();
		});
	}) as unknown as typeof setTimeout);
	return waits;
}

const json = (status: number, body: unknown, headers = {}): Answer => (_request, response) => {
	response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const html = (status: number, headers = {}): Answer => (_request, response) => {
	response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html><head><title>no</title></head><body><h1>Gateway <b>Time-out</b></h1></body></html>');
};
const text = (status: number, body: string): Answer => (_request, response) => void response.writeHead(status).end(body);
const reset: Answer = (request) => request.socket.destroy();
const cut: Answer = (request, response) => {
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
	response.write('{"id":');
	setImmediate(() => request.socket.destroy());
};
const silent: Answer = () => undefined;
const fine = json(200, { id: 1 });

async function requester(settings: Partial<RequesterSettings> & { baseUrl?: string } = {}) {
	const context = await createContext({ apiKey: KEY, baseUrl: base, signal: settings.signal });
	const { httpRequestWithAuthentication } = context.helpers;
	context.helpers.httpRequestWithAuthentication = async function (...args) {
		sentAt.push(Date.now());
		return (await httpRequestWithAuthentication.apply(this, args)) as unknown;
	};
	return createRequester(context, { credential: 'nextMatterApi', secrets: [KEY], timeout: 5_000, requestsPerMinute: 0, ...settings });
}

const call = (effect: Effect, more: Partial<Call> = {}): Call => ({
	method: effect === 'read' ? 'GET' : 'POST',
	url: `${base}/api/x/`,
	...(effect !== 'read' && { body: { a: 1 } }),
	effect,
	expectsJson: true,
	...more,
});

/** Sends, and gives what came or how it failed. */
async function outcome(send: (call: Call) => Promise<unknown>, what: Call): Promise<ServiceFailure | { data: unknown }> {
	try {
		return { data: await send(what) };
	} catch (error) {
		expect(error).toBeInstanceOf(ServiceError);
		return (error as ServiceError).failure;
	}
}

interface Row {
	what: string;
	answer: Answer;
	/** Requests for a read, a repeatable and a once call when it fails like this every time. */
	sent: [number, number, number];
	kind: string;
	status?: number;
	/** Whether the work may have been done, for a call that does some. */
	unclear: boolean;
	expectsJson?: boolean;
}

const rows: Row[] = [
	{ what: 'a connection that is reset', answer: reset, sent: [4, 4, 1], kind: 'noAnswer', unclear: true },
	{ what: 'an answer that is cut off', answer: cut, sent: [4, 4, 1], kind: 'noAnswer', unclear: true },
	{ what: 'JSON that ends in the middle', answer: text(200, '{"id": 1, "na'), sent: [4, 4, 1], kind: 'notReadable', status: 200, unclear: true },
	{ what: 'a web page under 200', answer: html(200), sent: [4, 4, 1], kind: 'notReadable', status: 200, unclear: true },
	{ what: 'a web page under 201 where no JSON is needed', answer: html(201), sent: [4, 4, 1], kind: 'notReadable', status: 201, unclear: true, expectsJson: false },
	{ what: 'no body under 200', answer: text(200, ''), sent: [4, 4, 1], kind: 'notReadable', status: 200, unclear: true },
	{ what: 'a JSON text where an object is needed', answer: json(200, 'ok'), sent: [4, 4, 1], kind: 'notReadable', status: 200, unclear: true },
	{ what: 'JSON null where an object is needed', answer: json(200, null), sent: [4, 4, 1], kind: 'notReadable', status: 200, unclear: true },
	{ what: '500 as HTML', answer: html(500), sent: [4, 4, 1], kind: 'refused', status: 500, unclear: true },
	{ what: '502 as JSON', answer: json(502, { detail: 'Bad gateway' }), sent: [4, 4, 1], kind: 'refused', status: 502, unclear: true },
	{ what: '504 without a body', answer: text(504, ''), sent: [4, 4, 1], kind: 'refused', status: 504, unclear: true },
	{ what: '400 with field errors', answer: json(400, { name: ['Too long.'] }), sent: [1, 1, 1], kind: 'refused', status: 400, unclear: false },
	{ what: '401', answer: json(401, { detail: 'No.' }), sent: [1, 1, 1], kind: 'refused', status: 401, unclear: false },
	{ what: '403 without a body', answer: text(403, ''), sent: [1, 1, 1], kind: 'refused', status: 403, unclear: false },
	{ what: '404 as HTML', answer: html(404), sent: [1, 1, 1], kind: 'refused', status: 404, unclear: false },
	{ what: '409', answer: json(409, []), sent: [1, 1, 1], kind: 'refused', status: 409, unclear: false },
	{ what: '429 for ever', answer: json(429, { detail: 'Throttled.' }, { 'retry-after': '1' }), sent: [9, 9, 9], kind: 'refused', status: 429, unclear: false },
	{ what: '429 as HTML for ever, without Retry-After', answer: html(429), sent: [9, 9, 9], kind: 'refused', status: 429, unclear: false },
	{ what: 'a redirect', answer: html(302, { location: 'https://evil.example/' }), sent: [1, 1, 1], kind: 'notReadable', status: 302, unclear: false },
	{ what: 'a 307, which asks to send the body elsewhere', answer: html(307, { location: '/other' }), sent: [1, 1, 1], kind: 'notReadable', status: 307, unclear: false },
];
const effects = ['read', 'repeatable', 'once'] as const;
const cases = rows.flatMap((row) => effects.map((effect, index) => ({ ...row, effect, times: row.sent[index] })));

it.each(cases)('$what, $effect: sent $times times', async ({ answer, effect, times, kind, status, unclear, expectsJson = true }) => {
	quickWaits();
	answers = [answer];
	const failure = await outcome(await requester(), call(effect, { expectsJson }));
	expect(failure).toMatchObject({ kind, unclear: unclear && effect !== 'read' });
	expect((failure as ServiceFailure).status).toBe(status);
	expect(received).toHaveLength(times);
	expect(new Set(received.map(({ method, url, body }) => `${method} ${url} ${body}`)).size).toBe(1);
});

it.each(effects)('a refused connection, %s: tried four times, nothing was sent', async (effect) => {
	const waits = quickWaits();
	// A port that was free a moment ago.
	const free = createServer();
	await once(free.listen(0, '127.0.0.1'), 'listening');
	const { port } = free.address() as AddressInfo;
	free.close();
	await once(free, 'close');
	const failure = await outcome(await requester(), call(effect, { url: `http://127.0.0.1:${port}/` }));
	expect(failure).toMatchObject({ kind: 'notSent', unclear: false });
	const total = waits.reduce((sum, wait) => sum + wait, 0);
	expect(total).toBeGreaterThanOrEqual(0.75 * 6_000);
	expect(total).toBeLessThanOrEqual(1.25 * 6_000 + 10);
});

it.each([
	['read', 4],
	['repeatable', 4],
	['once', 1],
] as const)('a time-out, %s: sent %d times', async (effect, times) => {
	quickWaits();
	answers = [silent];
	const failure = await outcome(await requester({ timeout: 60 }), call(effect));
	expect(failure).toMatchObject({ kind: 'noAnswer', unclear: effect !== 'read' });
	expect(received).toHaveLength(times);
});

it.each(['read', 'repeatable'] as const)('succeeds when a later try does (%s)', async (effect) => {
	quickWaits();
	answers = [reset, html(503), text(200, '{'), fine];
	expect(await outcome(await requester(), call(effect))).toEqual({ data: { id: 1 } });
	expect(received).toHaveLength(4);
});

it('a call that may be sent once only goes on after a 429, and then stops at the first unclear failure', async () => {
	quickWaits();
	answers = [json(429, {}, { 'retry-after': '2' }), reset, fine];
	expect(await outcome(await requester(), call('once'))).toMatchObject({ kind: 'noAnswer', unclear: true });
	expect(received).toHaveLength(2);
});

it.each<[string, Answer]>([
	['400', json(400, {})],
	['429 that asks for too long a wait', json(429, {}, { 'retry-after': '999999' })],
	['a redirect', html(302)],
])('stays unclear when an unclear failure is followed by %s', async (_what, second) => {
	quickWaits();
	answers = [reset, second];
	expect(await outcome(await requester(), call('repeatable'))).toMatchObject({ unclear: true });
	received = [];
	answers = [reset, second];
	expect(await outcome(await requester(), call('read'))).toMatchObject({ unclear: false });
});

describe('what counts as success', () => {
	it.each<[string, Answer, boolean, unknown]>([
		['an object', json(201, { id: 7 }), true, { id: 7 }],
		['a list', json(200, [1]), true, [1]],
		['no body where none is needed', text(204, ''), false, undefined],
		['blanks where nothing is needed', text(200, ' \n'), false, undefined],
		['a JSON text where nothing is needed', json(200, 'done'), false, 'done'],
		['null where nothing is needed', json(200, null), false, null],
		['JSON under another content type', text(200, '{"id":7}'), true, { id: 7 }],
	])('%s', async (_what, answer, expectsJson, data) => {
		answers = [answer];
		expect(await outcome(await requester(), call('once', { expectsJson }))).toEqual({ data });
		expect(received).toHaveLength(1);
	});
});

describe('what is sent', () => {
	it('query without empty values, JSON body, key', async () => {
		answers = [fine];
		const query = { name: 'a b&c=ü', empty: '', missing: undefined, zero: 0, no: false };
		await (await requester())(call('once', { query }));
		expect(received).toMatchObject([
			{
				method: 'POST',
				url: '/api/x/?name=a%20b%26c%3D%C3%BC&zero=0&no=false',
				body: '{"a":1}',
				headers: { accept: 'application/json', 'content-type': 'application/json', authorization: `Api-Key ${KEY}` },
			},
		]);
	});

	it('a form as multipart, with a boundary', async () => {
		answers = [fine];
		const form = new FormData();
		form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'a.txt');
		await (await requester())(call('once', { body: form }));
		expect(received[0].headers['content-type']).toMatch(/^multipart\/form-data; ?boundary=/);
		expect(received[0].body).toContain('hello');
	});

	it('nothing to another place, whatever a redirect says', async () => {
		let elsewhere = 0;
		const other = createServer((_request, response) => {
			elsewhere++;
			response.end('{}');
		});
		await once(other.listen(0, '127.0.0.1'), 'listening');
		const { port } = other.address() as AddressInfo;
		answers = [html(301, { location: `http://127.0.0.1:${port}/` })];
		const failure = await outcome(await requester(), call('read'));
		expect(failure).toMatchObject({ kind: 'notReadable', words: `redirects to http://127.0.0.1:${port}/` });
		expect(elsewhere).toBe(0);
		other.close();
	});
});

describe('the words of a failure', () => {
	it('holds no secret, however the service gives it back', async () => {
		const echo: Answer = (request, response) => {
			const { authorization = '' } = request.headers;
			const encoded = encodeURIComponent(KEY);
			json(400, { detail: `Bad header ${authorization}`, [`field ${KEY}`]: [encoded, { deep: KEY }] })(request, response);
		};
		for (const answer of [echo, text(500, `<b>${KEY}</b>`), html(302, { location: `/?key=${encodeURIComponent(KEY)}` })]) {
			answers = [answer];
			const failure = await outcome(await requester(), call('once'));
			const shown = JSON.stringify(failure);
			expect(shown).toContain('***');
			expect(shown).not.toContain('S3cret');
		}
	});

	it('reads an HTML page as a person does, also a hostile one', async () => {
		answers = [html(502)];
		expect(await outcome(await requester(), call('once'))).toMatchObject({ words: 'Gateway Time-out' });
		const started = performance.now();
		answers = [text(500, '<head'.repeat(400_000))];
		await outcome(await requester(), call('once'));
		expect(performance.now() - started).toBeLessThan(3_000);
	});
});

describe('429', () => {
	const total = (waits: number[]) => waits.reduce((sum, wait) => sum + wait, 0);

	it.each<[string, () => Record<string, string>, number, number]>([
		['seconds', () => ({ 'retry-after': '7' }), 7_000, 7_700],
		['zero seconds', () => ({ 'retry-after': '0' }), 0, 250],
		// Dates have whole seconds.
		['a date', () => ({ 'retry-after': new Date(Date.now() + 20_000).toUTCString() }), 18_500, 22_000],
		['a date in the past', () => ({ 'retry-after': new Date(Date.now() - 20_000).toUTCString() }), 0, 250],
		['nothing', () => ({}), 60_000, 66_000],
		['nonsense', () => ({ 'retry-after': 'soon' }), 60_000, 66_000],
	])('waits as %s says', async (_what, headers, least, most) => {
		const waits = quickWaits();
		answers = [(request, response) => json(429, {}, headers())(request, response), fine];
		expect(await outcome(await requester(), call('once'))).toEqual({ data: { id: 1 } });
		expect(total(waits)).toBeGreaterThanOrEqual(least);
		expect(total(waits)).toBeLessThanOrEqual(most + 10);
		// In steps that a cancel can interrupt.
		expect(Math.max(0, ...waits)).toBeLessThanOrEqual(250);
	});

	it('waits five minutes the second time that no time is named', async () => {
		const waits = quickWaits();
		answers = [json(429, {}), json(429, {}), fine];
		await outcome(await requester(), call('once'));
		expect(total(waits)).toBeGreaterThanOrEqual(360_000);
		expect(total(waits)).toBeLessThanOrEqual(396_020);
	});

	it.each([
		[undefined, '3601'],
		[30_000, '31'],
	])('gives up at once when more than %p ms are asked for', async (longestWait, seconds) => {
		answers = [json(429, {}, { 'retry-after': seconds })];
		expect(await outcome(await requester({ longestWait }), call('read'))).toMatchObject({ status: 429, retryAfterMs: Number(seconds) * 1000 });
		expect(received).toHaveLength(1);
	});

	it('holds back the other calls of the requester, too', async () => {
		answers = [json(429, {}, { 'retry-after': '1' }), fine];
		const send = await requester();
		const first = send(call('once'));
		while (received.length === 0) await realWait(5);
		await realWait(50);
		await Promise.all([first, send(call('read')), send(call('once'))]);
		expect(received).toHaveLength(4);
		const pauses = received.slice(1).map(({ at }) => at - received[0].at);
		expect(Math.min(...pauses)).toBeGreaterThanOrEqual(990);
	});
});

it.each<[unknown, number | undefined]>([
	['0', 0],
	[' 90 ', 90_000],
	[90, 90_000],
	['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
	['Sun, 22 Nov 2026 09:00:00 GMT', 0],
	['Sunday, 22-Nov-26 10:00:30 GMT', 30_000],
	['', undefined],
	[undefined, undefined],
	['1.5', undefined],
	['-5', undefined],
	['soon', undefined],
	['2026', 2_026_000],
	['2026-11-22T10:00:30Z', undefined],
])('reads Retry-After %p', (header, expected) => {
	expect(retryAfterMs(header, Date.parse('2026-11-22T10:00:00Z'))).toBe(expected);
});

describe('pace', () => {
	it('never has more requests in any 60 seconds than allowed', async () => {
		quickWaits();
		answers = [fine];
		const send = await requester({ requestsPerMinute: 5 });
		await Promise.all(Array.from({ length: 17 }, () => send(call('read'))));
		expect(received).toHaveLength(17);
		// Some milliseconds pass between the admission and the call.
		expect(sentAt).toEqual([...sentAt].sort((a, b) => a - b));
		for (let index = 5; index < 17; index++) expect(sentAt[index] - sentAt[index - 5]).toBeGreaterThanOrEqual(59_900);
		expect(sentAt[16] - sentAt[0]).toBeLessThan(3 * 60_000 + 5_000);
	});

	it('does not wait below the limit, nor without one', async () => {
		const waits = quickWaits();
		answers = [fine];
		const slow = await requester({ requestsPerMinute: 10 });
		await Promise.all(Array.from({ length: 10 }, () => slow(call('read'))));
		const free = await requester();
		await Promise.all(Array.from({ length: 30 }, () => free(call('read'))));
		expect(waits).toEqual([]);
	});

	it('counts what is sent again', async () => {
		const waits = quickWaits();
		answers = [html(500), html(500), fine];
		await (await requester({ requestsPerMinute: 2 }))(call('read'));
		expect(waits.length).toBeGreaterThan(0);
		expect(sentAt[2] - sentAt[0]).toBeGreaterThanOrEqual(59_900);
	});
});

describe('cancel', () => {
	/** Cancels after the first request came in, and gives how long it took to end. */
	async function cancelled(effect: Effect, settings: Partial<RequesterSettings> = {}) {
		const stop = new AbortController();
		const send = await requester({ ...settings, signal: stop.signal });
		const ended = outcome(send, call(effect));
		while (received.length === 0) await realWait(5);
		await realWait(30);
		const from = performance.now();
		stop.abort();
		const failure = await ended;
		return { failure, took: performance.now() - from };
	}

	it.each<[string, Answer, Effect, boolean]>([
		['a request under way', silent, 'once', true],
		['a read under way', silent, 'read', false],
		['the wait after a 429', json(429, {}), 'once', false],
		['the wait before another try', html(503), 'read', false],
		['the wait before another try of a write', html(503), 'repeatable', true],
	])('ends %s within a second', async (_what, answer, effect, unclear) => {
		answers = [answer];
		const { failure, took } = await cancelled(effect);
		expect(failure).toMatchObject({ kind: 'cancelled', unclear });
		expect(took).toBeLessThan(1_000);
		expect(received).toHaveLength(1);
	});

	it('ends the wait for the pace', async () => {
		answers = [fine];
		const stop = new AbortController();
		const send = await requester({ requestsPerMinute: 1, signal: stop.signal });
		await send(call('read'));
		setTimeout(() => stop.abort(), 20);
		expect(await outcome(send, call('once'))).toMatchObject({ kind: 'cancelled', unclear: false });
		expect(received).toHaveLength(1);
	});

	it('sends nothing any more afterwards', async () => {
		answers = [fine];
		const send = await requester({ signal: AbortSignal.abort() });
		expect(await outcome(send, call('once'))).toMatchObject({ kind: 'cancelled', unclear: false });
		expect(received).toEqual([]);
	});
});
