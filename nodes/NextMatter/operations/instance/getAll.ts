import type { IDataObject } from 'n8n-workflow';

import { ServiceError } from '../../../kernel/errors';
import { defineOperation } from '../../../kernel/operations';
import { property } from '../../../kernel/parameters';
import { schedule } from '../../../kernel/schedule';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import type { InstanceRow } from '../../api/types';
import { tooSlowOrNotFound } from '../explanations';
import { filters, toInstanceFilters } from '../filters';
import { present } from './present';
import { DEFAULT_CONCURRENCY, includeValues, optionsWith, pagingProperties, rowLimit, simplify, workflowId } from '../parameters';

const sort = property({
	displayName: 'Sort',
	name: 'sort',
	type: 'options',
	options: [
		{ name: 'Deadline (Earliest First)', value: 'deadline' },
		{ name: 'Deadline (Latest First)', value: '-deadline' },
		{ name: 'Ended (Newest First)', value: '-ended_time' },
		{ name: 'Ended (Oldest First)', value: 'ended_time' },
		{ name: 'Last Updated (Newest First)', value: '-last_updated_time' },
		{ name: 'Last Updated (Oldest First)', value: 'last_updated_time' },
		{ name: 'Name (A to Z)', value: 'name' },
		{ name: 'Name (Z to A)', value: '-name' },
		{ name: 'Priority (Ascending)', value: 'priority' },
		{ name: 'Priority (Descending)', value: '-priority' },
		{ name: 'Progress (Least First)', value: 'progress' },
		{ name: 'Progress (Most First)', value: '-progress' },
		{ name: 'Started (Newest First)', value: '-started_time' },
		{ name: 'Started (Oldest First)', value: 'started_time' },
		{ name: 'Status (Ascending)', value: 'status' },
		{ name: 'Status (Descending)', value: '-status' },
		{ name: 'Total Runtime (Longest First)', value: '-total_runtime' },
		{ name: 'Total Runtime (Shortest First)', value: 'total_runtime' },
	],
	// Newest first: instances that start while pages are read move rows to later pages, so none is missed.
	default: '-started_time',
	description: 'The order of the instances',
});

const includeDetails = property({
	displayName: 'Include Details',
	name: 'includeDetails',
	type: 'boolean',
	default: false,
	description:
		'Whether to read each instance as a whole. The list itself has no more than ID, name and status; details cost one request for each instance.',
});

/** Reads the instances of the rows side by side. One that is deleted meanwhile stays as its row. */
async function readDetails(
	client: NextMatterClient,
	rows: InstanceRow[],
	options: { concurrency?: number; includeValues?: boolean },
	show: (instance: Awaited<ReturnType<NextMatterClient['getInstance']>>) => IDataObject,
	thin: (row: InstanceRow) => IDataObject,
): Promise<IDataObject[]> {
	const output: IDataObject[] = rows.map(thin);
	let failure: unknown;
	await schedule({
		count: rows.length,
		concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
		lane: () => undefined,
		async run(position) {
			try {
				output[position] = show(await client.getInstance(rows[position].id, { values: options.includeValues }));
			} catch (error) {
				if (!(error instanceof ServiceError) || error.status !== 404) failure ??= error;
			}
			return failure === undefined;
		},
	});
	if (failure !== undefined) throw failure as Error;
	return output;
}

export const getAll = defineOperation<NextMatterClient>()({
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many instances',
	description:
		'Retrieve a list of instances of a workflow. Needs the workflow; times in filters are ISO 8601. Without details each has ID, name and status only.',
	properties: [workflowId, ...pagingProperties, filters, sort, simplify, optionsWith(includeDetails, includeValues)],
	plan(values, { timezone }) {
		const workflow = wholeNumberId(values.workflowId, "'Workflow'");
		const limit = rowLimit(values);
		const query = { ...toInstanceFilters(values.filters, timezone), ordering: values.sort };
		const { options } = values;
		const thin = ({ id, name, status, ...rest }: InstanceRow): IDataObject =>
			values.simplify ? { id, name, status: String(status).toLowerCase(), workflowId: workflow } : { id, name, status, ...rest };
		return {
			async run(client) {
				const rows = await client.listInstances(workflow, query, limit);
				if (!options.includeDetails && !options.includeValues) return rows.map(thin);
				const shape = { simplify: values.simplify, values: options.includeValues };
				return await readDetails(client, rows, options, (instance) => present(instance, shape), thin);
			},
		};
	},
	explain: tooSlowOrNotFound,
});
