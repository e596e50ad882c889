/** Trouble on demand: what a network, a proxy or an overloaded service does to a request. All of it is invented. */

export type FaultKind =
	/** Answers `status` at once; nothing is done. */
	| 'status'
	/** Cuts the connection; nothing is done. */
	| 'reset-before'
	/** Does the work, then cuts the connection without an answer. */
	| 'reset-after'
	/** Does the work, then answers `status` (default 504 as HTML), as a proxy does that gave up waiting. */
	| 'status-after'
	/** Waits `ms`, by default before the work (`when: 'before'`). */
	| 'delay'
	/** Does the work, announces the whole answer, sends half of it and cuts the connection. */
	| 'cut'
	/** Does the work, then answers JSON that ends in the middle. */
	| 'truncate'
	/** Does the work, then answers a web page under the usual status and content type. */
	| 'not-json'
	/** Does the work, then answers without a body. */
	| 'empty'
	/** Answers 429; nothing is done. */
	| 'rate-limit';

export const FAULT_KINDS: readonly FaultKind[] = [
	'status',
	'reset-before',
	'reset-after',
	'status-after',
	'delay',
	'cut',
	'truncate',
	'not-json',
	'empty',
	'rate-limit',
];

export interface Fault {
	kind: FaultKind;
	/** Which requests; all of them without it. */
	match?: {
		method?: string;
		/** A part of path and query, or a regular expression (as text or RegExp). */
		path?: string | RegExp;
		/** From the nth matching request on, counted from 1 after the fault was added. */
		nth?: number;
	};
	/** How many requests are hit. Default 1. */
	times?: number | 'always';
	/** For `status` (default 500) and `status-after` (default 504). */
	status?: number;
	/** Body for `status`, `status-after`, `rate-limit`, `not-json`. An object is sent as JSON. */
	body?: unknown;
	/** A web page as body, for `status` and `status-after`. */
	html?: boolean;
	headers?: Record<string, string>;
	/** For `delay`, in milliseconds. */
	ms?: number;
	/** For `delay`. Default `before`. */
	when?: 'before' | 'after';
	/**
	 * For `rate-limit`: seconds, a literal header value, or null for no header. Without it the switch `retryAfter`
	 * decides.
	 */
	retryAfter?: number | string | null;
}

export class Faults {
	#entries: { fault: Fault; left: number; seen: number }[] = [];

	add(fault: Fault): void {
		if (!FAULT_KINDS.includes(fault?.kind)) throw new Error(`There is no fault "${String(fault?.kind)}".`);
		const times = fault.times ?? 1;
		this.#entries.push({ fault, left: times === 'always' ? Number.POSITIVE_INFINITY : times, seen: 0 });
	}

	clear(): void {
		this.#entries = [];
	}

	/** Faults that have not been used up. */
	list(): Fault[] {
		return this.#entries.filter(({ left }) => left > 0).map(({ fault }) => fault);
	}

	/** The fault for a request, if any. The first one that fits is used up; every one that matches counts the request. */
	take(method: string, url: string): Fault | undefined {
		let taken: Fault | undefined;
		for (const entry of this.#entries) {
			const { match = {} } = entry.fault;
			if (match.method && match.method.toUpperCase() !== method) continue;
			if (match.path && !matchesPath(match.path, url)) continue;
			entry.seen += 1;
			if (taken || entry.left <= 0 || entry.seen < (match.nth ?? 1)) continue;
			entry.left -= 1;
			taken = entry.fault;
		}
		return taken;
	}
}

function matchesPath(pattern: string | RegExp, url: string): boolean {
	if (typeof pattern === 'string' && url.includes(pattern)) return true;
	try {
		return new RegExp(pattern).test(url);
	} catch {
		return false;
	}
}
