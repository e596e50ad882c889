import { createHash } from 'crypto';

import type { FieldRow, InstanceRow } from '../api/types';
import { isRecord } from '../formFields/types';
import { plainValue } from '../formFields/plainValue';
import { fromMicros, toMicros } from './times';
import type { Found, Watch, Watching } from './watch';
import { readIfThere, readInOrder } from './watch';

interface State {
	/** Hash of the value in each instance; empty values are left out. */
	hashes: Record<string, string>;
	/** From where on changes are asked for when the list does not fit on a page, in microseconds. */
	cursor: number | null;
}

/** How far before the last change the list is read again; what did not change costs nothing there. */
const OVERLAP_MICROS = 5 * 60 * 1_000_000;

/** JSON whose keys are in order, so that equal values give equal texts. */
function canonical(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
	if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
	const entries = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
	return `{${entries.join(',')}}`;
}

/** A short hash; empty for a field that is not filled in. */
function hashOf({ value }: FieldRow): string {
	const text = canonical(plainValue(value));
	return ['null', '{}', '""', '[]'].includes(text) ? '' : createHash('sha256').update(text).digest('base64').slice(0, 16);
}

/** Every change of one form field's value. */
export const valueWatch = (step: number, field: number): Watch<State> => {
	const placeIn = ({ workflowId: workflow }: Watching) => ({ workflow, step, field });

	async function lastUpdate({ client }: Watching, rows: FieldRow[]): Promise<number | null> {
		for (const { instance_id } of rows) {
			const instance = await readIfThere(client, instance_id);
			const time = toMicros(instance?.last_updated_time);
			if (time !== undefined) return time - OVERLAP_MICROS;
		}
		return null;
	}

	/** The rows that may have changed: all while they fit on a page, else those of instances changed since. */
	async function readRows(watching: Watching, state: State | undefined) {
		const place = placeIn(watching);
		const page = await watching.client.fieldValuePage(place, { ...watching.filters, ordering: '-last_updated_time' });
		if (!page.next) return { rows: page.rows, long: false, wide: false, newestFirst: page.rows };
		const since = state?.cursor ?? null;
		const later = await watching.client.listFieldValues(place, {
			...watching.filters,
			ordering: 'last_updated_time',
			...(since === null ? {} : { last_updated_time_after: fromMicros(since) }),
		});
		const rows = [...new Map([...page.rows, ...later].map((row) => [row.instance_id, row])).values()];
		return { rows, long: true, wide: later.length > page.rows.length, newestFirst: page.rows };
	}

	const toFound = (row: FieldRow): Found => ({
		row: { id: row.instance_id, name: row.instance_name ?? '' } as InstanceRow,
		extra: { stepId: step, formFieldId: field, value: (plainValue(row.value) ?? null) as string | null },
	});

	return {
		async poll(watching, state) {
			const { rows, long, wide, newestFirst } = await readRows(watching, state);
			const hashes = { ...state?.hashes };
			const changed = rows.filter((row) => hashOf(row) !== (hashes[row.instance_id] ?? ''));
			const wanted = state !== undefined && watching.details;
			const read = wanted ? await readInOrder(watching, changed.map((row) => toFound(row).row)) : undefined;
			const given = read ? changed.filter(({ instance_id }) => read.has(instance_id)) : changed;
			for (const row of given) {
				const hash = hashOf(row);
				if (hash === '') delete hashes[row.instance_id];
				else hashes[row.instance_id] = hash;
			}
			// The cursor moves when there was something new, or when what it spans has become long.
			const moves = long && given.length === changed.length && (given.length > 0 || wide || state?.cursor === null);
			const cursor = moves ? await lastUpdate(watching, newestFirst) : (state?.cursor ?? null);
			const found = state ? given.map((row) => ({ ...toFound(row), instance: read?.get(row.instance_id) })) : [];
			return { found, state: { hashes, cursor } };
		},
		async sample(watching) {
			const query = { ...watching.filters, ordering: '-last_updated_time' };
			const { rows } = await watching.client.fieldValuePage(placeIn(watching), query);
			const filled = rows.find((row) => hashOf(row) !== '') ?? rows[0];
			return filled && toFound(filled);
		},
	};
};
