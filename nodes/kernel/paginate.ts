import { ServiceError } from './errors';

/** One page of rows, and where the next one is (absolute or relative URL). */
export interface Page<Row> {
	rows: Row[];
	next?: string | null;
	/** How many rows there are on all pages, where the service says it. */
	count?: number;
}

/**
 * Checks a link that the service gave before the credential is sent there.
 * Only the origin of `current` is accepted; `http` links of a service behind a TLS proxy are
 * followed at the origin that the user configured.
 */
export function sameOrigin(link: string, current: string): string {
	const base = new URL(current);
	let target: URL | undefined;
	try {
		target = new URL(link, base);
	} catch {
		target = undefined;
	}
	const sameHost = target?.hostname === base.hostname;
	const behindProxy = sameHost && target?.protocol === 'http:' && base.protocol === 'https:' && target.port === '';
	if (!target || target.username || target.password || (target.origin !== base.origin && !behindProxy)) {
		throw new ServiceError(
			'The link to the next page leads to another server and was not followed',
			{ kind: 'notReadable', words: '', fields: [], unclear: false },
			"Check 'Base URL' in the credential: it must be the address under which the service itself answers.",
		);
	}
	return base.origin + target.pathname + target.search;
}

/**
 * Follows `next` until it is empty or enough rows are there. A link that comes up again ends the
 * list, so links in a circle cannot keep a run going for ever.
 */
export async function collectPages<Row>(
	firstUrl: string,
	fetchPage: (url: string) => Promise<Page<Row>>,
	limit = Number.POSITIVE_INFINITY,
): Promise<Row[]> {
	const rows: Row[] = [];
	const seen = new Set<string>();
	let url: string | undefined = firstUrl;
	while (url !== undefined && !seen.has(url) && rows.length < limit) {
		seen.add(url);
		const page: Page<Row> = await fetchPage(url);
		for (const row of page.rows) rows.push(row);
		url = page.next && rows.length < limit ? sameOrigin(page.next, url) : undefined;
	}
	return rows.length > limit ? rows.slice(0, limit) : rows;
}
