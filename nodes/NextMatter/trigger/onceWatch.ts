import type { Instance, InstanceFilters, InstanceRow } from '../api/types';
import type { Timeline } from './timeline';
import { between, OVERLAP_MICROS, readAll, timeOfFirst, walk } from './timeline';
import type { Watch, Watching } from './watch';
import { firstOf, instancePage, withDetails } from './watch';

/** Events that an instance has at most once, at a time that lists can be filtered by. */
export interface OnceEvent {
	/** Narrows the list to instances that have had the event. */
	query: InstanceFilters;
	filter: string;
	ordering: string;
	time(instance: Instance): string | null | undefined;
}

interface State {
	/** The list is read from here on, in microseconds; null: from the beginning. */
	cursor: number | null;
	/** IDs from `cursor` on that were given already, or were there at the base line. */
	seen: number[];
	/** How many there are from `cursor` on, where a poll has counted them. */
	count?: number;
}

const lineOf = ({ query, ...event }: OnceEvent, watching: Watching): Timeline<InstanceRow> => ({
	...event,
	list: async (more, link) => await instancePage(watching, { ...query, ...more }, link),
	id: ({ id }) => id,
});

/**
 * The list from shortly before the last event on; what is in it and was not given is an event. The
 * cursor moves only after everything from it on was read, by a poll that began after the time that
 * it is derived from, so no event can be behind it unseen.
 */
export const onceWatch = (event: OnceEvent): Watch<State> => ({
	async poll(watching, state) {
		const line = lineOf(event, watching);
		if (!state) {
			const { rows } = await line.list(between(line, null, null, true));
			const latest = await timeOfFirst(watching, line, rows);
			const cursor = latest === undefined ? null : latest - OVERLAP_MICROS;
			const known = rows.length > 0 ? (await walk(watching, line, cursor, null, Number.POSITIVE_INFINITY)).rows : [];
			return { found: [], state: { cursor, seen: known.map(line.id), count: known.length } };
		}

		const { cursor, count } = state;
		const seen = new Set(state.seen);
		const page = await line.list(between(line, cursor, null, true));
		// One that became visible late, further back, does not hide here for ever: another event, and all is read.
		const counted = !page.next || (page.count !== undefined && page.count === count);
		if (counted && page.rows.every(({ id }) => seen.has(id))) return { found: [], state };

		const { rows, upTo, short, ...recent } = await readAll(watching, line, page, cursor);
		const fresh = rows.filter(({ id }) => !seen.has(id)).map((row) => ({ row }));
		const found = await withDetails(watching, fresh);
		const given = found.map(({ row }) => row.id);
		const latest = short ? await timeOfFirst(watching, line, page.rows) : recent.latest;
		if (found.length < fresh.length || latest === undefined || upTo === null) {
			return { found, state: { cursor, seen: [...state.seen, ...given] } };
		}
		const next = Math.max(Math.min(latest, upTo) - OVERLAP_MICROS, cursor ?? 0);
		const whole = upTo >= latest;
		return {
			found,
			state: {
				cursor: next,
				seen: whole ? rows.map(({ id }) => id) : [...state.seen, ...given],
				...(whole && next === cursor ? { count: rows.length } : {}),
			},
		};
	},
	sample: async (watching) => await firstOf(watching, { ...event.query, ordering: `-${event.ordering}` }),
});
