/**
 * The sandbox: a real HTTP server that stands in for the Next Matter API.
 *
 * A request passes: diary, latency, fault, key, rate limit, handler, schema check of the answer, fault. Routes come
 * from the OpenAPI document; what the documents leave open comes from the switches.
 */
import responseValidation from '@fastify/response-validation';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { refuseKey } from './access.mts';
import { Call } from './call.mts';
import { addControl } from './control.mts';
import { ApiError, detail } from './drf.mts';
import { defaultBody, htmlPage, sendError } from './errors.mts';
import { Faults, type Fault } from './faults.mts';
import { handlers, notOffered } from './handlers.mts';
import { openapi, resolve, type Operation } from './openapi.mts';
import type { RawQuery } from './paging.mts';
import { describeBody, redact, type RecordedRequest } from './recorder.mts';
import { seeds } from './seed.mts';
import { Store } from './store.mts';
import { applySwitches, defaultSwitches, type Switches } from './switches.mts';
import { Throttle } from './throttle.mts';
import { createClock, parseDateTime } from './time.mts';

export type { Fault } from './faults.mts';
export type { RecordedRequest } from './recorder.mts';
export type { InstanceView, NewInstance, Store } from './store.mts';
export type { Switches } from './switches.mts';
export type { WorkflowDef } from './types.mts';

export const DEFAULT_API_KEY = 'sandbx.4f7d2a91c0be53d8';

export interface SandboxOptions {
	/** Default 0: any free port. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
	apiKey?: string;
	/** Default `onboarding`. */
	seed?: keyof typeof seeds;
	switches?: Partial<Switches>;
	/** A clock for tests; default: the real one. */
	now?: () => Date;
	logger?: boolean;
}

export interface Sandbox {
	url: string;
	/** `url` + `/api`. */
	apiUrl: string;
	apiKey: string;
	/** Live; change them with `set`. */
	switches: Switches;
	set(switches: Partial<Switches>): void;
	faults: { add(fault: Fault): void; clear(): void; list(): Fault[] };
	/** Everything received under /api, oldest first. */
	requests: RecordedRequest[];
	state: Store;
	/** State, switches, requests and faults as at the start. */
	reset(): void;
	/** Stops at once; open connections are cut. */
	close(): Promise<void>;
}

/** What the hooks keep per request. */
interface Context {
	record: RecordedRequest;
	rawBody: Buffer;
	fault?: Fault;
	bulk?: boolean;
}

const isApi = (request: FastifyRequest) => /^\/api(?:\/|$|\?)/.test(request.url);
/** Keeps Fastify from writing to a connection that is gone. */
const unanswered = new Promise<never>(() => {});
const pathOf = (request: FastifyRequest) => request.url.split('?')[0];

/** Starts a sandbox. @throws the system's error when the port is taken. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { port = 0, host = '127.0.0.1', apiKey = DEFAULT_API_KEY, seed = 'onboarding' } = options;
	const initial = defaultSwitches();
	applySwitches(initial, options.switches ?? {});
	const switches = { ...initial };
	const clock = createClock(options.now, () => switches.clockSkewMs);
	const state = new Store(clock, switches);
	const faults = new Faults();
	const throttle = new Throttle();
	const requests: RecordedRequest[] = [];
	const contexts = new WeakMap<FastifyRequest, Context>();
	let inFlight = 0;
	const closing = new AbortController();
	/** Ends early when the sandbox closes. */
	const sleep = (ms: number) => wait(ms, undefined, { signal: closing.signal }).catch(() => undefined);

	const reset = () => {
		applySwitches(switches, initial);
		state.clear();
		seeds[seed](state);
		faults.clear();
		throttle.clear();
		requests.length = 0;
	};
	reset();

	const app = Fastify({
		logger: options.logger ?? false,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
	});
	// Answers are written as they are; checking them is the plugin's work.
	app.setSerializerCompiler(() => (data) => JSON.stringify(data));
	// Bodies are read by a hook and parsed by the handler, after the look-ups, as DRF does.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
	await app.register(responseValidation, {
		ajv: {
			strict: false,
			removeAdditional: false,
			useDefaults: false,
			formats: {
				'date-time': (text: string) => parseDateTime(text) !== undefined,
				uri: (text: string) => URL.canParse(text),
			},
		},
	});

	// --- On the way in ----------------------------------------------------------------------------------------

	app.addHook('onRequest', async (request, reply) => {
		reply.header('date', clock.date().toUTCString());
		if (!isApi(request)) return;
		inFlight += 1;
		reply.raw.once('close', () => {
			inFlight -= 1;
		});
		const { authorization, ...headers } = request.headers;
		const record: RecordedRequest = {
			at: new Date().toISOString(),
			method: request.method,
			path: pathOf(request),
			query: request.query as RawQuery,
			headers: { ...headers, ...(authorization && { authorization: redact(authorization) }) },
			authorized: refuseKey(authorization, apiKey, switches) === undefined,
			body: null,
			rawBody: '',
			status: null,
			inFlight,
		};
		requests.push(record);
		contexts.set(request, { record, rawBody: Buffer.alloc(0) });
	});

	app.addHook('preParsing', async (request, _reply, payload) => {
		const context = contexts.get(request);
		if (!context) return payload;
		const chunks: Buffer[] = [];
		for await (const chunk of payload) chunks.push(chunk as Buffer);
		context.rawBody = Buffer.concat(chunks);
		Object.assign(context.record, await describeBody(request.headers['content-type'] ?? '', context.rawBody));
		return undefined;
	});

	app.addHook('preHandler', async (request, reply) => {
		const context = contexts.get(request);
		if (!context) return;
		if (switches.latencyMs > 0) await sleep(switches.latencyMs);
		const fault = faults.take(request.method, request.url);
		if (!fault) return;
		context.fault = fault;
		context.record.fault = fault.kind;
		await applyEarly(fault, request, reply);
		if (fault.kind === 'reset-before') {
			request.raw.socket.destroy();
			return reply.hijack();
		}
		if (reply.sent) return reply;
	});

	async function applyEarly(fault: Fault, request: FastifyRequest, reply: FastifyReply) {
		if (fault.kind === 'delay' && fault.when !== 'after') await sleep(fault.ms ?? 1000);
		if (fault.kind === 'status') sendFault(fault, fault.status ?? 500, request, reply);
		if (fault.kind === 'rate-limit') {
			const seconds = typeof fault.retryAfter === 'number' ? fault.retryAfter : 60;
			const headers = retryAfterHeader(fault.retryAfter, seconds);
			const body = fault.body ?? { detail: throttledText(seconds) };
			sendFault({ ...fault, body, headers: { ...headers, ...fault.headers } }, 429, request, reply);
		}
	}

	function sendFault(fault: Fault, status: number, request: FastifyRequest, reply: FastifyReply) {
		if (typeof fault.body === 'string') {
			reply.code(status).headers(fault.headers ?? {});
			return reply.type(fault.html ? 'text/html' : 'text/plain').send(fault.body);
		}
		return sendError(reply, {
			status,
			body: fault.body ?? defaultBody(status),
			headers: fault.headers,
			// A body that was asked for is sent as it is.
			style: fault.html ? 'html' : fault.body === undefined ? switches.errorBodies : 'drf',
			leak: leakOf(request),
		});
	}

	const leakOf = (request: FastifyRequest) => (switches.echoAuth ? request.headers.authorization : undefined);

	const throttledText = (seconds: number) =>
		`Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`;

	function retryAfterHeader(wanted: Fault['retryAfter'], seconds: number): Record<string, string> {
		if (wanted === null || (wanted === undefined && switches.retryAfter === 'none')) return {};
		if (wanted !== undefined) return { 'retry-after': String(wanted) };
		if (switches.retryAfter === 'seconds') return { 'retry-after': String(seconds) };
		return { 'retry-after': new Date(clock.date().getTime() + seconds * 1000).toUTCString() };
	}

	/** Key, then rate limit: the order of DRF's `initial()`. */
	function admit(request: FastifyRequest) {
		const refused = refuseKey(request.headers.authorization, apiKey, switches);
		if (refused) throw refused;
		const seconds = throttle.refuse(switches.rateLimit, apiKey, Date.now());
		if (seconds !== undefined) throw detail(429, throttledText(seconds), retryAfterHeader(undefined, seconds));
	}

	// --- Routes -----------------------------------------------------------------------------------------------

	const patterns = Object.entries(openapi.paths).map(([template, operations]) => ({
		matches: new RegExp(`^/api${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
		operations,
	}));
	/** Operations offered at a path, by lower-case method. */
	const offeredAt = (path: string): Record<string, Operation> => {
		const found = patterns
			.filter(({ matches }) => matches.test(path))
			.flatMap(({ operations }) => Object.entries(operations));
		return Object.fromEntries(found.filter(([, { operationId }]) => handlers[operationId].offered?.(switches) ?? true));
	};

	for (const [template, operations] of Object.entries(openapi.paths)) {
		for (const [method, operation] of Object.entries(operations)) addRoute(template, method, operation);
	}

	function addRoute(template: string, method: string, operation: Operation) {
		const handler = handlers[operation.operationId];
		const response = Object.entries(operation.responses).flatMap(([status, { content }]) =>
			content ? [[status, resolve(content['application/json'].schema)]] : [],
		);
		app.route({
			method: method.toUpperCase(),
			url: `/api${template.replaceAll(/\{(\w+)\}/g, ':$1')}`,
			schema: { response: Object.fromEntries(response) },
			handler: async (request, reply) => {
				const context = contexts.get(request)!;
				context.bulk = handler.bulk;
				const path = pathOf(request);
				if (handler.offered && !handler.offered(switches)) {
					if (Object.keys(offeredAt(path)).length > 0) admit(request);
					throw notOffered(request.method, Object.keys(offeredAt(path)).length > 0);
				}
				admit(request);
				const call = new Call({
					operation,
					origin: `http://${request.headers.host ?? `${host}:${port}`}`,
					path,
					params: request.params as Record<string, string>,
					query: request.query as RawQuery,
					contentType: request.headers['content-type'] ?? '',
					rawBody: context.rawBody,
					store: state,
					switches,
				});
				const { status, body } = await handler.run(call);
				reply.code(status);
				if (body === undefined) return reply.send();
				reply.header('vary', 'Accept');
				return reply.type('application/json').send(body);
			},
		});
	}

	/** Missing slashes, wrong methods and unknown paths, as Django and DRF answer them. */
	app.setNotFoundHandler((request, reply) => {
		const path = pathOf(request);
		if (!isApi(request)) return reply.code(404).send({ detail: 'Not found.' });
		if (Object.keys(offeredAt(path)).length > 0) {
			admit(request);
			throw notOffered(request.method, true);
		}
		const completed = Object.keys(offeredAt(`${path}/`)).length > 0 && switches.missingSlash !== 'not-found';
		if (completed && (request.method === 'GET' || switches.missingSlash === 'redirect')) {
			return reply.redirect(request.url.replace(path, `${path}/`), 301);
		}
		if (completed) {
			const text =
				`RuntimeError at ${path}\nYou called this URL via ${request.method}, but the URL doesn't end in a slash and ` +
				"you have APPEND_SLASH set. Django can't redirect to the slash URL while maintaining " +
				`${request.method} data. Change your form to point to ${request.headers.host}${path}/ (note the trailing slash).`;
			return reply.code(500).type('text/plain; charset=utf-8').send(text);
		}
		return reply.code(404).type('text/html; charset=utf-8').send(htmlPage(404, 'Not Found'));
	});

	app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
		const bulk = contexts.get(request)?.bulk;
		const style = bulk && switches.errorBodies === 'drf' ? switches.bulkErrorBodies : switches.errorBodies;
		const leak = leakOf(request);
		if (error instanceof ApiError) {
			return sendError(reply, { status: error.status, body: error.body, headers: error.headers, style, leak });
		}
		if (error.statusCode && error.statusCode < 500) {
			const body = { detail: error.message };
			return sendError(reply, { status: error.statusCode, body, style, leak });
		}
		// The client hung up while sending; nobody is there to read an answer.
		if (!request.raw.complete) return reply.code(400).send('');
		const text = `${request.method} ${request.url}: ${error.message}`;
		state.internalFaults.push(text);
		console.error(`SANDBOX FAULT ${text}\n${error.stack ?? ''}`);
		return reply
			.code(500)
			.type('application/json')
			.send(JSON.stringify({ detail: `SANDBOX FAULT: ${error.message}` }));
	});

	// --- On the way out ---------------------------------------------------------------------------------------

	app.addHook('onSend', async (request, reply, payload) => {
		const context = contexts.get(request);
		if (!context) return payload;
		const { fault, record } = context;
		const version = switches.mediaTypeVersion ? '; version=v1' : '';
		if (String(reply.getHeader('content-type')).startsWith('application/json')) {
			reply.header('content-type', `application/json${version}`);
		}
		// A client that hung up got no answer.
		record.status = request.raw.socket.destroyed ? null : reply.statusCode;
		if (!fault) return payload;
		const text = typeof payload === 'string' ? payload : '';
		switch (fault.kind) {
			case 'delay':
				if (fault.when === 'after') await sleep(fault.ms ?? 1000);
				return payload;
			case 'reset-after':
				record.status = null;
				request.raw.socket.destroy();
				return unanswered;
			case 'status-after':
				record.status = fault.status ?? 504;
				return lateAnswer(fault, reply);
			case 'cut':
				record.status = null;
				await cut(reply, text);
				return unanswered;
			case 'truncate':
				return text.slice(0, Math.ceil(text.length / 2));
			case 'not-json':
				return typeof fault.body === 'string' ? fault.body : htmlPage(200, 'We will be right back');
			case 'empty':
				return '';
			default:
				return payload;
		}
	});

	/** Replaces an answer with that of a proxy that did not wait for it. */
	function lateAnswer(fault: Fault, reply: FastifyReply): string {
		const status = fault.status ?? 504;
		reply.code(status).headers(fault.headers ?? {});
		if (fault.body !== undefined && typeof fault.body !== 'string') {
			reply.header('content-type', 'application/json');
			return JSON.stringify(fault.body);
		}
		reply.header('content-type', fault.html === false ? 'text/plain' : 'text/html; charset=utf-8');
		return fault.body ?? htmlPage(status, 'Gateway Time-out');
	}

	/** Announces everything, sends half, hangs up. */
	async function cut(reply: FastifyReply, text: string) {
		const { raw } = reply;
		const content = Buffer.from(text);
		const headers = { ...reply.getHeaders(), 'content-length': String(content.length) };
		raw.writeHead(reply.statusCode, headers as Record<string, string>);
		await new Promise<void>((done) => raw.write(content.subarray(0, Math.floor(content.length / 2)), () => done()));
		// Gives the half time to reach the client before the connection breaks.
		await sleep(20);
		raw.socket?.destroy();
	}

	// --- Outside the API --------------------------------------------------------------------------------------

	app.get('/media/:id/:name', async (request, reply) => {
		const file = state.files.get(Number((request.params as { id: string }).id));
		if (!file) return reply.code(404).send({ detail: 'Not found.' });
		return reply.type(file.type || 'application/octet-stream').send(file.content);
	});
	app.get('/openapi.json', () => openapi);
	app.get('/healthz', () => ({ ok: true }));

	const sandbox: Sandbox = {
		url: '',
		apiUrl: '',
		apiKey,
		switches,
		set: (changes) => applySwitches(switches, changes),
		faults,
		requests,
		state,
		reset,
		close: () => {
			app.server.closeAllConnections();
			closing.abort();
			return app.close();
		},
	};
	addControl(app, sandbox);
	await app.listen({ port, host });
	sandbox.url = `http://${host}:${boundPort(app)}`;
	sandbox.apiUrl = `${sandbox.url}/api`;
	return sandbox;
}

const boundPort = (app: FastifyInstance) => (app.server.address() as AddressInfo).port;
