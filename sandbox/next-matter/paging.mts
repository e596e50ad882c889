/** Pages of results: by number (both documented lists) and by cursor (v2). Reference, section 2 and 1.2. */
import { detail, invalid } from './drf.mts';
import { comparator, type Sorted, type SortKey } from './filters.mts';
import type { Switches } from './switches.mts';

export const DEFAULT_PAGE_SIZE = 100;
export const MAX_PAGE_SIZE = 500;

export type RawQuery = Record<string, string | string[] | undefined>;

export interface PageRequest {
	query: RawQuery;
	switches: Switches;
	/** Absolute URL of this request without query. */
	url: string;
}

export interface Page<T> {
	count?: number;
	next: string | null;
	previous: string | null;
	results: T[];
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value.at(-1) : value);

/** Anything that is no positive number counts as the default, as in DRF. */
function pageSize({ query, switches }: PageRequest, standard: number): number {
	const { sizeParam, pageSizeAbove500 } = switches;
	const names = { page_size: ['page_size'], limit: ['limit'], both: ['page_size', 'limit'], none: [] }[sizeParam];
	const name = names.find((candidate) => single(query[candidate]));
	const size = Number(name ? single(query[name]) : Number.NaN);
	if (!Number.isInteger(size) || size <= 0) return standard;
	if (size > MAX_PAGE_SIZE && pageSizeAbove500 === 'error') {
		throw invalid({ [name!]: [`Ensure this value is less than or equal to ${MAX_PAGE_SIZE}.`] });
	}
	return Math.min(size, MAX_PAGE_SIZE);
}

/** This request with other parameters, sorted by name as DRF's `replace_query_param` leaves them. */
function link({ query, switches, url }: PageRequest, changes: RawQuery): string {
	const parameters = Object.entries({ ...query, ...changes })
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.flatMap(([name, value]) => [value].flat().map((item) => [name, item] as const))
		.filter(([, value]) => value !== undefined);
	const text = new URLSearchParams(parameters as [string, string][]).toString();
	const address = switches.nextOrigin ? switches.nextOrigin + new URL(url).pathname : url;
	return text ? `${address}?${text}` : address;
}

export function paginate<T>(items: T[], request: PageRequest, standard = DEFAULT_PAGE_SIZE): Page<T> {
	const size = pageSize(request, standard);
	const pages = Math.max(1, Math.ceil(items.length / size));
	const asked = single(request.query.page) || '1';
	const number = asked === 'last' ? pages : Number(asked);
	if (!Number.isInteger(number) || number < 1 || number > pages) throw detail(404, 'Invalid page.');
	return {
		count: items.length,
		next: number < pages ? link(request, { page: String(number + 1) }) : null,
		// The first page is linked without a number, as DRF does.
		previous: number > 1 ? link(request, { page: number > 2 ? String(number - 1) : undefined }) : null,
		results: items.slice((number - 1) * size, number * size),
	};
}

/** Where a cursor stands: after (`f`) or before (`b`) the row with these sort keys. The encoding is invented. */
interface Cursor {
	d: 'f' | 'b';
	k: SortKey[];
}

const encode = (cursor: Cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url');

function decode(text: string, keys: number): Cursor {
	try {
		const cursor = JSON.parse(Buffer.from(text, 'base64url').toString()) as Cursor;
		if (cursor.k.length === keys) return cursor;
	} catch {
		// Falls through to the same answer as a cursor of another ordering.
	}
	throw detail(404, 'Invalid cursor');
}

export function paginateByCursor(rows: Sorted[], orderings: string[], request: PageRequest): Page<Sorted> {
	const size = pageSize(request, DEFAULT_PAGE_SIZE);
	const compare = comparator(orderings);
	const text = single(request.query.cursor);
	const cursor = text ? decode(text, orderings.length + 1) : undefined;
	let from = 0;
	if (cursor) {
		const following = rows.findIndex(({ keys }) => {
			const order = compare(keys, cursor.k);
			return cursor.d === 'f' ? order > 0 : order >= 0;
		});
		const position = following < 0 ? rows.length : following;
		from = cursor.d === 'f' ? position : Math.max(0, position - size);
	}
	const results = rows.slice(from, from + size);
	const to = from + results.length;
	return {
		...(request.switches.v2Count && { count: rows.length }),
		next: to < rows.length ? link(request, { cursor: encode({ d: 'f', k: rows[to - 1].keys }) }) : null,
		previous: from > 0 && results.length > 0 ? link(request, { cursor: encode({ d: 'b', k: rows[from].keys }) }) : null,
		results,
	};
}
