import { createHash } from 'crypto';

import { ServiceError } from '../../kernel/errors';
import type { Page } from '../../kernel/paginate';
import type { FieldRow, InstanceRow } from '../api/types';
import { plainValue } from '../formFields/plainValue';
import { isRecord } from '../formFields/types';
import type { Timeline } from './timeline';
import { between, OVERLAP_MICROS, readAll, timeOfFirst, walk } from './timeline';
import type { Found, Watch, Watching } from './watch';
import { withDetails } from './watch';

interface State {
	/** Hash of the value in each instance; empty values are left out. */
	hashes: Record<string, string>;
	/** From where on changes are asked for when the list does not fit on a page, in microseconds. */
	cursor: number | null;
	/** How many instances there are from `cursor` on. */
	count?: number;
	/** The page that is compared next, whatever the instances' times say. */
	page: number;
}

/** The rows that may have changed, and where the next poll goes on. */
interface Read extends Omit<State, 'hashes'> {
	rows: FieldRow[];
}

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

/**
 * Every change of one form field's value: each value is compared with the one remembered. While all
 * rows fit on a page, they are simply read. Else two requests: what changed recently, and one page of
 * the whole list, another one with each poll, for changes that do not show in the instance's times.
 */
export const valueWatch = (step: number, field: number): Watch<State> => {
	const place = ({ workflowId: workflow }: Watching) => ({ workflow, step, field });

	const lineOf = (watching: Watching, filter: 'started_time' | 'last_updated_time'): Timeline<FieldRow> => ({
		list: async (query, link) =>
			await watching.client.fieldValuePage(place(watching), { ...watching.filters, ...query }, link),
		id: ({ instance_id }) => instance_id,
		filter,
		ordering: filter,
		time: (instance) => instance[filter],
	});

	/** A page of the whole list; the first one when there are not so many any more. */
	async function pageOfAll(line: Timeline<FieldRow>, number: number): Promise<{ number: number; page: Page<FieldRow> }> {
		try {
			return { number, page: await line.list({ ordering: line.ordering, ...(number > 1 ? { page: number } : {}) }) };
		} catch (error) {
			if (number === 1 || !(error instanceof ServiceError) || error.status !== 404) return await Promise.reject(error as Error);
		}
		return await pageOfAll(line, 1);
	}

	const isChanged = (row: FieldRow, hashes: State['hashes']) => hashOf(row) !== (hashes[row.instance_id] ?? '');

	async function readRows(watching: Watching, state: State | undefined): Promise<Read> {
		const all = lineOf(watching, 'started_time');
		const recent = lineOf(watching, 'last_updated_time');
		const since = async (from: number | null) => await recent.list(between(recent, from, null, true));
		const { number, page } = await pageOfAll(all, state?.page ?? 1);
		if (number === 1 && !page.next) return { rows: page.rows, cursor: null, page: 1 };
		const nextPage = page.next ? number + 1 : 1;
		if (!state) {
			const latest = await timeOfFirst(watching, recent, (await since(null)).rows);
			const { rows } = await walk(watching, all, null, null, Number.POSITIVE_INFINITY);
			const cursor = latest === undefined ? null : latest - OVERLAP_MICROS;
			return { rows, cursor, count: (await since(cursor)).count, page: 1 };
		}
		const { hashes, cursor, count } = state;
		const newest = await since(cursor);
		const counted = newest.next && newest.count !== undefined && newest.count === count;
		if (counted && !newest.rows.some((row) => isChanged(row, hashes))) {
			return { rows: [...newest.rows, ...page.rows], cursor, count, page: nextPage };
		}
		const { rows, upTo, latest } = await readAll(watching, recent, newest, cursor);
		const found = [...rows, ...page.rows];
		if (latest === undefined || upTo === null) return { rows: found, cursor, page: nextPage };
		const next = Math.max(Math.min(latest, upTo) - OVERLAP_MICROS, cursor ?? 0);
		return { rows: found, cursor: next, count: (await since(next)).count, page: nextPage };
	}

	const toFound = (row: FieldRow): Found => ({
		row: { id: row.instance_id, name: row.instance_name ?? '' } as InstanceRow,
		extra: { stepId: step, formFieldId: field, value: (plainValue(row.value) ?? null) as string | null },
	});

	return {
		async poll(watching, state) {
			const { rows, ...places } = await readRows(watching, state);
			const hashes = { ...state?.hashes };
			const byInstance = new Map(rows.map((row) => [row.instance_id, row]));
			const changed = [...byInstance.values()].filter((row) => isChanged(row, hashes));
			const found = state ? await withDetails(watching, changed.map(toFound)) : [];
			const given = state ? changed.slice(0, found.length) : changed;
			for (const row of given) {
				const hash = hashOf(row);
				if (hash === '') delete hashes[row.instance_id];
				else hashes[row.instance_id] = hash;
			}
			// What is left for the next poll has to be seen again by it.
			const isLeft = state !== undefined && given.length < changed.length;
			const next = isLeft ? { cursor: state.cursor, page: state.page } : places;
			return { found, state: { hashes, ...next } };
		},
		async sample(watching) {
			const line = lineOf(watching, 'last_updated_time');
			const { rows } = await line.list({ ordering: '-last_updated_time' });
			const filled = rows.find((row) => hashOf(row) !== '') ?? rows[0];
			return filled && toFound(filled);
		},
	};
};
