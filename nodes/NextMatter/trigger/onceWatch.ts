import type { Instance, InstanceFilters, InstanceRow } from '../api/types';
import { fromMicros, toMicros } from './times';
import type { Found, Watch, Watching } from './watch';
import { allRows, firstPage, newest, readIfThere, readInOrder } from './watch';

/** Events that an instance has at most once, at a time that lists can be filtered by. */
export interface OnceEvent {
	/** Narrows the list to instances that have had the event. */
	query: InstanceFilters;
	after: string;
	ordering: string;
	time(instance: Instance): string | null | undefined;
}

interface State {
	/** The list is read from here on, in microseconds; null: from the beginning. */
	cursor: number | null;
	/** Where to read from at the poll after: one poll later, so that each stretch of time is read twice. */
	next: number | null;
	/** IDs from `cursor` on that were given already. */
	seen: number[];
}

/** How far before the last event the list is read again: changes may become visible out of order. */
const OVERLAP_MICROS = 5 * 60 * 1_000_000;

/** Looks for the time of the last row that still exists. */
async function lastTime(
	{ client }: Watching,
	rows: InstanceRow[],
	event: OnceEvent,
	read: Map<number, Instance | undefined>,
): Promise<number | null> {
	for (const { id } of [...rows].reverse()) {
		const instance = read.get(id) ?? (await readIfThere(client, id));
		const time = instance && toMicros(event.time(instance));
		if (time !== undefined) return time;
	}
	return null;
}

const from = (event: OnceEvent, cursor: number | null): InstanceFilters => ({
	...event.query,
	ordering: event.ordering,
	...(cursor === null ? {} : { [event.after]: fromMicros(cursor) }),
});

export const onceWatch = (event: OnceEvent): Watch<State> => ({
	async poll(watching, state) {
		if (!state) {
			const { rows } = await firstPage(watching, { ...event.query, ordering: `-${event.ordering}` }, 1);
			const time = await lastTime(watching, rows, event, new Map());
			const cursor = time === null ? null : time - OVERLAP_MICROS;
			const known = rows.length > 0 ? await allRows(watching, from(event, cursor)) : [];
			return { found: [], state: { cursor, next: cursor, seen: known.map(({ id }) => id) } };
		}
		const rows = await allRows(watching, from(event, state.cursor));
		const seen = new Set(state.seen);
		const fresh = rows.filter(({ id }) => !seen.has(id));
		const read = watching.details ? await readInOrder(watching, fresh) : new Map<number, Instance | undefined>();
		const given = watching.details ? fresh.filter(({ id }) => read.has(id)) : fresh;
		const found = given
			.filter(({ id }) => !watching.details || read.get(id) !== undefined)
			.map((row): Found => ({ row, instance: read.get(row.id) }));
		const newSeen = rows.filter(({ id }) => seen.has(id)).concat(given).map(({ id }) => id);
		if (given.length < fresh.length) return { found, state: { ...state, seen: newSeen } };
		if (fresh.length === 0) return { found, state: { cursor: state.next, next: state.next, seen: newSeen } };
		const time = await lastTime(watching, rows, event, read);
		const next = time === null ? state.next : Math.max(time - OVERLAP_MICROS, state.next ?? 0);
		return { found, state: { cursor: state.next, next, seen: newSeen } };
	},
	sample: async (watching) => await newest(watching, { ...event.query, ordering: `-${event.ordering}` }),
});
