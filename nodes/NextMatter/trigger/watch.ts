import type { IDataObject } from 'n8n-workflow';

import { ServiceError } from '../../kernel/errors';
import type { Page } from '../../kernel/paginate';
import { schedule } from '../../kernel/schedule';
import type { NextMatterClient } from '../api/client';
import type { Instance, InstanceFilters, InstanceRow } from '../api/types';

/** What a poll found, and what to remember for the next one. */
export interface Poll<State> {
	found: Found[];
	state: State;
}

/** One event, about one instance. */
export interface Found {
	row: InstanceRow;
	/** The whole instance, where it was read anyway. */
	instance?: Instance;
	/** What the event adds to the output. */
	extra?: IDataObject;
}

/** What a watch works with in one poll. */
export interface Watching {
	client: NextMatterClient;
	workflowId: number;
	/** The user's filters in wire form. */
	filters: InstanceFilters;
	/** When to stop reading instances one by one, in milliseconds since 1970. The rest comes with the next poll. */
	deadline: number;
	/** Whether every event is wanted with its whole instance. */
	details: boolean;
}

/**
 * One kind of event. `poll` without a state sets the base line and finds nothing. State is plain
 * JSON. Nothing is remembered when a poll fails, so the next one sees the same again.
 */
export interface Watch<State> {
	poll(watching: Watching, state: State | undefined): Promise<Poll<State>>;
	/** The newest instance that the event could be about, for a test run in the editor. */
	sample(watching: Watching): Promise<Found | undefined>;
}

/** Rows in one request: the largest page of the API. */
export const PAGE = 500;

const CONCURRENCY = 5;

/** The first page. */
export async function firstPage(
	{ client, workflowId, filters }: Watching,
	query: InstanceFilters,
	size = PAGE,
): Promise<Page<InstanceRow>> {
	return await client.instancePage(workflowId, { ...filters, ...query }, size);
}

/** All rows of a query, each instance once. */
export async function allRows({ client, workflowId, filters }: Watching, query: InstanceFilters): Promise<InstanceRow[]> {
	return await client.listInstances(workflowId, { ...filters, ...query });
}

/** The instance; undefined when it was deleted meanwhile. */
export async function readIfThere(client: NextMatterClient, id: number): Promise<Instance | undefined> {
	try {
		return await client.getInstance(id);
	} catch (error) {
		if (!(error instanceof ServiceError) || error.status !== 404) return await Promise.reject(error as Error);
	}
	return undefined;
}

/**
 * Reads the rows' instances side by side, in order, until the time is up. Gives those that were
 * read (undefined: deleted meanwhile); rows that are not in it are left for the next poll.
 */
export async function readInOrder(watching: Watching, rows: InstanceRow[]): Promise<Map<number, Instance | undefined>> {
	const read = new Map<number, Instance | undefined>();
	let failed: unknown;
	await schedule({
		count: rows.length,
		concurrency: CONCURRENCY,
		lane: () => undefined,
		async run(position) {
			const { id } = rows[position];
			try {
				read.set(id, await readIfThere(watching.client, id));
			} catch (error) {
				failed ??= error;
			}
			return failed === undefined && Date.now() < watching.deadline;
		},
	});
	// What could be read counts; a service that answers nothing at all is an error.
	if (failed !== undefined && read.size === 0) throw failed as Error;
	return read;
}

export async function newest(watching: Watching, query: InstanceFilters): Promise<Found | undefined> {
	const { rows } = await firstPage(watching, query, 1);
	return rows.length > 0 ? { row: rows[0] } : undefined;
}
