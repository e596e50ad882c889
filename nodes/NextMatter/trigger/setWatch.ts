import type { Page } from '../../kernel/paginate';
import type { Instance, InstanceFilters, InstanceRow } from '../api/types';
import type { Found, Watch, Watching } from './watch';
import { allRows, firstPage, newest, readIfThere, readInOrder } from './watch';

/** Events that are an instance's entry into a set that a list can be filtered by. */
export interface SetEvent {
	query(): InstanceFilters;
	/** Shows the instances first that entered last, as far as lists can be ordered by that. */
	ordering: string;
	/** Whether an instance that a list did not show is in the set all the same. */
	holds(instance: Instance): boolean;
	extra?: Found['extra'];
}

interface State {
	/** IDs of the instances in the set. */
	inside: number[];
	/** How many the service counted. */
	count?: number;
}

/** Whether nothing entered or left since, as far as one page of a longer list can tell. */
const unchanged = ({ rows, count }: Page<InstanceRow>, state: State, inside: Set<number>) =>
	count !== undefined && count === state.count && rows.every(({ id }) => inside.has(id));

/**
 * All rows of a set that needs several pages. A row can slip from one page to another while they
 * are read, so instances that were inside and are not shown are looked at before they count as gone.
 */
async function readLongList(watching: Watching, event: SetEvent, inside: Set<number>) {
	const rows = await allRows(watching, { ...event.query(), ordering: 'started_time' });
	const shown = new Set(rows.map(({ id }) => id));
	const hidden: number[] = [];
	for (const id of inside) {
		if (shown.has(id)) continue;
		const instance = await readIfThere(watching.client, id);
		if (instance && event.holds(instance)) hidden.push(id);
	}
	return { rows, hidden };
}

export const setWatch = (event: SetEvent): Watch<State> => ({
	async poll(watching, state) {
		const inside = new Set(state?.inside ?? []);
		const page = await firstPage(watching, { ...event.query(), ordering: event.ordering });
		if (state && page.next && unchanged(page, state, inside)) return { found: [], state };
		const { rows, hidden } = page.next
			? await readLongList(watching, event, inside)
			: { rows: page.rows, hidden: [] };
		const stay = [...rows.map(({ id }) => id).filter((id) => inside.has(id)), ...hidden];
		const fresh = rows.filter(({ id }) => !inside.has(id));
		if (!state) return { found: [], state: { inside: rows.map(({ id }) => id), count: page.count } };

		const read = watching.details ? await readInOrder(watching, fresh) : new Map<number, Instance | undefined>();
		const given = watching.details ? fresh.filter(({ id }) => read.has(id)) : fresh;
		const found = given.map((row): Found => ({ row, instance: read.get(row.id), extra: event.extra }));
		// A list that is not finished is read again, whatever its count.
		const count = given.length === fresh.length ? page.count : undefined;
		return { found, state: { inside: [...stay, ...given.map(({ id }) => id)], count } };
	},
	async sample(watching) {
		const found = await newest(watching, { ...event.query(), ordering: event.ordering });
		return found && { ...found, extra: event.extra };
	},
});
