import type { Page } from '../../kernel/paginate';
import type { InstanceFilters, InstanceRow } from '../api/types';
import { instancesBy, walk } from './timeline';
import type { Found, Watch, Watching } from './watch';
import { firstOf, instancePage, withDetails } from './watch';

/** Events that are an instance's entry into a set that a list can be filtered by. */
export interface SetEvent {
	/** `at`: milliseconds since 1970. */
	query(at: number): InstanceFilters;
	/** Whether the set also changes as time passes. */
	follows: 'changes' | 'time';
	/** Shows the instances first that entered last, as far as lists can be ordered by that. */
	ordering: string;
	extra?: Found['extra'];
}

interface State {
	/** IDs of the instances in the set. */
	inside: number[];
	/** How many there are, where a poll has counted them. */
	count?: number;
	/** The page that is compared next when the set does not fit on one. */
	page?: number;
	/** The latest time that the set was asked for, in milliseconds since 1970. */
	at?: number;
}

/**
 * One page of a set that needs several, another one with each poll: who entered without being among
 * the first of the list, while another left, is found so. In an order in which rows keep their place.
 */
async function anotherPage(watching: Watching, query: InstanceFilters, first: Page<InstanceRow>, number: number) {
	const pages = Math.ceil((first.count ?? 0) / first.rows.length);
	const page = number > pages ? 1 : number;
	return { page, rows: (await instancePage(watching, { ...query, ordering: 'started_time', page })).rows };
}

export const setWatch = (event: SetEvent): Watch<State> => {
	/** A clock that was set back must not make anybody leave and enter again. */
	const timeOfQuery = (now: number, state?: State) => (event.follows === 'time' ? { at: Math.max(now, state?.at ?? 0) } : {});

	return {
		async poll(watching, state) {
			const now = Date.now();
			const time = timeOfQuery(now, state);
			const query = event.query(time.at ?? now);
			const inside = new Set(state?.inside ?? []);
			const isKnown = ({ id }: InstanceRow) => inside.has(id);

			const first = await instancePage(watching, { ...query, ordering: event.ordering });
			let rows = [...first.rows].reverse();
			let whole = true;
			if (first.next) {
				if (state && first.count !== undefined && first.count === state.count && rows.every(isKnown)) {
					const other = await anotherPage(watching, query, first, state.page ?? 1);
					if (other.rows.every(isKnown)) return { found: [], state: { ...state, ...time, page: other.page + 1 } };
				}
				const line = instancesBy(watching, 'started_time', query);
				const walked = await walk(watching, line, null, null, state ? watching.deadline : Number.POSITIVE_INFINITY);
				rows = [...new Map([...walked.rows, ...rows].map((row) => [row.id, row])).values()];
				whole = walked.upTo === Number.POSITIVE_INFINITY;
			}
			if (!state) return { found: [], state: { inside: rows.map(({ id }) => id), count: rows.length, ...time } };

			let fresh = rows.filter((row) => !isKnown(row));
			if (fresh.length > 0 && time.at !== undefined && time.at > now) {
				const due = await walk(watching, instancesBy(watching, 'started_time', event.query(now)), null, null);
				const dueIds = new Set(due.rows.map(({ id }) => id));
				fresh = fresh.filter(({ id }) => dueIds.has(id));
			}
			const found = await withDetails(watching, fresh.map((row) => ({ row, extra: event.extra })));
			const given = found.map(({ row }) => row.id);
			// Somebody may only have been missed when not everything was read: nobody counts as gone then.
			const stay = whole ? rows.filter(isKnown).map(({ id }) => id) : state.inside;
			const next = { inside: [...stay, ...given], ...time };
			const settled = whole && next.inside.length === rows.length;
			return { found, state: settled ? { ...next, count: rows.length } : next };
		},
		async sample(watching) {
			const found = await firstOf(watching, { ...event.query(Date.now()), ordering: event.ordering });
			return found && { ...found, extra: event.extra };
		},
	};
};
