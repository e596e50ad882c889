/** The diary: every request under /api, for tests that look at what a client really sent. */
import type { RawQuery } from './paging.mts';

export interface RecordedRequest {
	/** ISO time of arrival, by the machine's clock. */
	at: string;
	method: string;
	/** Without query. */
	path: string;
	query: RawQuery;
	/** As received; `authorization` is cut to its scheme. */
	headers: Record<string, string | string[] | undefined>;
	/** Whether the key was the right one. */
	authorized: boolean;
	/** Parsed JSON, text, `{multipart: […]}`, or null without body. */
	body: unknown;
	rawBody: string;
	/** What was answered, or null if the connection was cut or the request is still running. */
	status: number | null;
	/** Kind of the fault that hit the request. */
	fault?: string;
	/** Requests being served on arrival, this one included. */
	inFlight: number;
}

/** `Api-Key secret` becomes `Api-Key ***`. */
export function redact(header: string | undefined): string | undefined {
	if (!header) return header;
	return header.includes(' ') ? `${header.slice(0, header.indexOf(' '))} ***` : '***';
}

/** Enough to compare bodies in a test, without keeping large uploads. */
const RAW_LIMIT = 1_000_000;

export async function describeBody(
	contentType: string,
	raw: Buffer,
): Promise<Pick<RecordedRequest, 'body' | 'rawBody'>> {
	if (raw.length === 0) return { body: null, rawBody: '' };
	const rawBody = raw.subarray(0, RAW_LIMIT).toString('utf8');
	if (/^multipart\//i.test(contentType)) return { body: await summary(contentType, raw), rawBody };
	try {
		return { body: JSON.parse(raw.toString('utf8')), rawBody };
	} catch {
		return { body: rawBody, rawBody };
	}
}

async function summary(contentType: string, raw: Buffer): Promise<unknown> {
	try {
		const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': contentType } }).formData();
		return {
			multipart: [...form].map(([name, value]) =>
				typeof value === 'string'
					? { name, value }
					: { name, filename: value.name, type: value.type, size: value.size },
			),
		};
	} catch {
		return { multipart: null };
	}
}
