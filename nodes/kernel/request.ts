import type {
	IExecuteFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
} from 'n8n-workflow';

import type { FailureKind, ServiceFailure } from './errors';
import { ServiceError, fieldErrors, redact } from './errors';
import { pause } from './schedule';

export type RequestContext = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

/**
 * What a call does, which decides what may be sent again after a failure that leaves open whether
 * the work was done:
 * - `read`: changes nothing, always.
 * - `repeatable`: twice has the same result as once, so it may.
 * - `once`: never. (After a 429 or without a connection nothing was done: every call is repeated then.)
 */
export type Effect = 'read' | 'repeatable' | 'once';

export interface Call {
	method: IHttpRequestMethods;
	/** Absolute, without query unless it is a link that the service gave. */
	url: string;
	/** Empty values are left out. */
	query?: Record<string, string | number | boolean | undefined>;
	/** Sent as JSON, or as multipart when it is a form. */
	body?: object | FormData;
	effect: Effect;
	/** Whether a success without a JSON object or list in it is a failure. */
	expectsJson: boolean;
}

export interface RequesterSettings {
	/** Name of the credential type. */
	credential: string;
	/** Texts that may appear in no message. */
	secrets: readonly string[];
	/** How long to wait for an answer, in milliseconds. */
	timeout: number;
	/** At most this many requests in any 60 seconds; 0: no own limit. */
	requestsPerMinute: number;
	/** Longest wait after a 429, in milliseconds; a service that asks for more has failed. Default: an hour. */
	longestWait?: number;
	signal?: AbortSignal;
}

/** Sends a call and gives the parsed body. Rejects with `ServiceError`. */
export type Send = (call: Call) => Promise<unknown>;

const MINUTE_MS = 60_000;
/** Before the 2nd, 3rd and 4th try of a call that may be repeated. */
const RETRY_WAITS_MS = [500, 1_500, 4_000];
/** After a 429 that names no time: the services advise a minute, then five. */
const THROTTLE_WAITS_MS = [MINUTE_MS, 5 * MINUTE_MS];
const MOST_THROTTLES = 8;
/** The documented limits count per minute or hour: a service that asks for more is not waited for. */
const LONGEST_WAIT_MS = 60 * MINUTE_MS;

/** Codes of connections that never came to be, so nothing was sent. */
const NOT_SENT =
	/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** Seconds or an HTTP date, as RFC 9110 has it, in milliseconds from now. Undefined when it is neither. */
export function retryAfterMs(header: unknown, now = Date.now()): number | undefined {
	const text = String(header ?? '').trim();
	if (/^\d+$/.test(text)) return Number(text) * 1000;
	// `Date.parse` takes much for a date, such as "1.5".
	const date = /^[a-z]{3,9}, .* GMT$/i.test(text) ? Date.parse(text) : Number.NaN;
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function withQuery(url: string, query: Call['query'] = {}): string {
	const parts = Object.entries(query)
		.filter(([, value]) => value !== undefined && value !== '')
		.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
	return parts.length === 0 ? url : `${url}?${parts.join('&')}`;
}

function parseJson(text: unknown): { data?: unknown; isJson: boolean } {
	if (typeof text !== 'string') return { data: text, isJson: typeof text === 'object' };
	if (text.trim() === '') return { isJson: false };
	try {
		return { data: JSON.parse(text) as unknown, isJson: true };
	} catch {
		return { data: text, isJson: false };
	}
}

/** The readable part of an HTML error page. */
function plainText(html: string): string {
	return (
		html
			// Enough for a title and a sentence; a hostile page cannot keep the expressions below busy.
			.slice(0, 20_000)
			.replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, ' ')
			.replace(/<[^>]*>/g, ' ')
			.replace(/\s+/g, ' ')
			.trim()
	);
}

type Outcome = { data: unknown } | { failed: ServiceFailure; again: boolean };

interface Response {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

interface NetworkError {
	code?: string;
	isAxiosError?: boolean;
	message?: string;
	cause?: NetworkError;
}

/**
 * The one place that sends requests: time-out, pacing, retry, and what a failure means.
 * All requests of one requester share its pace and its pause after a 429.
 */
export function createRequester(context: RequestContext, settings: RequesterSettings): Send {
	const { signal, secrets } = settings;
	/** When the requests of the last minute were sent. */
	const sent: number[] = [];
	let pausedUntil = 0;

	/** `unclear`: whether the service may have done the work all the same. */
	function failure(
		kind: FailureKind,
		unclear: boolean,
		{ status, body, words, retryAfter }: { status?: number; body?: unknown; words?: string; retryAfter?: unknown } = {},
	): ServiceFailure {
		const fields = typeof body === 'object' ? fieldErrors(body) : [];
		// Half of a JSON answer is data, not words.
		const isWords = typeof body === 'string' && !/^\s*[[{]/.test(body);
		return {
			kind,
			status,
			words: redact(words ?? (isWords ? plainText(body) : ''), secrets),
			fields: fields.map(({ path, text }) => ({
				path: path.map((step) => (typeof step === 'string' ? redact(step, secrets) : step)),
				text: redact(text, secrets),
			})),
			unclear,
			retryAfterMs: status === 429 ? retryAfterMs(retryAfter) : undefined,
		};
	}

	/** Waits until the pace and the service's last 429 allow another request. */
	async function admission(): Promise<void> {
		while (!signal?.aborted) {
			const now = Date.now();
			while (sent.length > 0 && sent[0] <= now - MINUTE_MS) sent.shift();
			const limit = settings.requestsPerMinute;
			const paceWait = limit > 0 && sent.length >= limit ? sent[0] + MINUTE_MS - now : 0;
			const wait = Math.max(paceWait, pausedUntil - now);
			if (wait <= 0) {
				if (limit > 0) sent.push(now);
				return;
			}
			await pause(wait, signal);
		}
	}

	async function exchange(call: Call): Promise<Outcome> {
		/** What may go on at the service after a failure that does not tell. */
		const changes = call.effect !== 'read';
		const again = call.effect !== 'once';
		const isForm = call.body instanceof FormData;
		const options: IHttpRequestOptions = {
			method: call.method,
			url: withQuery(call.url, call.query),
			headers: {
				Accept: 'application/json',
				...(call.body && !isForm ? { 'Content-Type': 'application/json' } : {}),
			},
			body: call.body as IHttpRequestOptions['body'],
			encoding: 'text',
			timeout: settings.timeout,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			// A redirect would carry the credential to wherever the answer points.
			disableFollowRedirect: true,
		};
		let response: Response;
		try {
			response = (await context.helpers.httpRequestWithAuthentication.call(
				context,
				settings.credential,
				options,
			)) as Response;
		} catch (error) {
			const { cause } = error as NetworkError;
			const code = cause?.code ?? cause?.cause?.code;
			const words = (cause?.message ?? (error as NetworkError).message ?? '') || 'no message';
			if (signal?.aborted) return { failed: failure('cancelled', changes), again: false };
			// Without a network error n8n itself refused, before anything was sent; again is of no use.
			if (!cause?.isAxiosError) return { failed: failure('notSent', false, { words }), again: false };
			return NOT_SENT.test(code ?? '')
				? { failed: failure('notSent', false, { words }), again: true }
				: { failed: failure('noAnswer', changes, { words }), again };
		}

		const { statusCode: status, headers } = response;
		const { data: body, isJson } = parseJson(response.body);
		if (status >= 400) {
			const isFault = status >= 500;
			const failed = failure('refused', isFault && changes, { status, body, retryAfter: headers['retry-after'] });
			return { failed, again: status === 429 || (isFault && again) };
		}
		if (status >= 300) {
			const words = `redirects to ${String(headers.location ?? 'nowhere')}`;
			return { failed: failure('notReadable', false, { status, words }), again: false };
		}
		const usable = call.expectsJson
			? isJson && typeof body === 'object' && body !== null
			: isJson || body === undefined;
		return usable ? { data: body } : { failed: failure('notReadable', changes, { status, body }), again };
	}

	return async function send(call: Call): Promise<unknown> {
		/** What an earlier try may have done stays possible, however the last one ends. */
		let unclear = false;
		for (let tries = 0, throttles = 0; ; ) {
			await admission();
			const outcome: Outcome = signal?.aborted
				? { failed: failure('cancelled', false), again: false }
				: await exchange(call);
			if ('data' in outcome) return outcome.data;
			const { failed, again } = outcome;
			unclear ||= failed.unclear;
			const giveUp = () => new ServiceError('', { ...failed, unclear });
			if (!again) throw giveUp();
			if (failed.status === 429) {
				const waits = THROTTLE_WAITS_MS;
				const asked = failed.retryAfterMs ?? waits[Math.min(throttles, waits.length - 1)];
				throttles++;
				if (throttles > MOST_THROTTLES || asked > (settings.longestWait ?? LONGEST_WAIT_MS)) throw giveUp();
				// Jitter, so that parallel executions do not come back in the same instant.
				pausedUntil = Math.max(pausedUntil, Date.now() + asked + Math.random() * Math.max(250, asked * 0.1));
			} else {
				if (tries >= RETRY_WAITS_MS.length) throw giveUp();
				await pause(RETRY_WAITS_MS[tries] * (0.75 + Math.random() / 2), signal);
				tries++;
			}
		}
	};
}
