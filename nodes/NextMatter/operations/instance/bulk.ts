import type { IDataObject } from 'n8n-workflow';

import { ServiceError } from '../../../kernel/errors';
import type { BatchResult } from '../../../kernel/operations';

/**
 * IDs per call. The API names no limit for bulk calls; for creating it advises batches of about
 * 100 instances. A smaller limit is found by halving.
 */
const BATCH_SIZE = 100;

/** After an unclear failure: once more for what was not done, then give up. */
const MOST_TRIES = 2;

export interface Bulk {
	/** Does it for all IDs in one call. May give the IDs that it was done for. */
	send(ids: number[]): Promise<number[] | undefined>;
	/** Looks whether it is done for this ID. Rejects with the reason why it cannot be. */
	isDone(id: number): Promise<boolean>;
	/** Whether an ID that the service refuses counts as done when it was done before. */
	doneBeforeCounts: boolean;
	/** The output item. */
	result(id: number): IDataObject;
}

/** A refusal that may be due to single IDs. Anything else would be the same for a smaller batch. */
const mayBeSingleIds = ({ failure: { kind, status = 0 } }: ServiceError) =>
	kind === 'refused' && status >= 400 && status < 500 && status !== 401 && status !== 429;

/**
 * Does a bulk call for many IDs with few requests: each ID once, in batches; a batch that is refused
 * is halved until only the IDs fail that the service refuses on their own. After a failure that
 * leaves open what was done, each ID is looked at before anything is sent again.
 */
export async function runBulk(ids: number[], bulk: Bulk): Promise<BatchResult[]> {
	const outcomes = new Map<number, BatchResult>();
	const succeed = (id: number) => outcomes.set(id, bulk.result(id));

	async function afterUnclear(batch: number[], error: ServiceError, triesLeft: number): Promise<void> {
		const open: number[] = [];
		for (const id of batch) {
			const state = await bulk.isDone(id).catch((reason: Error) => reason);
			if (state === true) succeed(id);
			else if (state === false) open.push(id);
			else outcomes.set(id, state);
		}
		if (open.length === 0) return;
		if (triesLeft > 1) await settle(open, triesLeft - 1);
		else for (const id of open) outcomes.set(id, error);
	}

	async function settle(batch: number[], triesLeft: number): Promise<void> {
		let error: unknown;
		try {
			const done = await bulk.send(batch);
			const left = done && batch.filter((id) => !done.includes(id));
			for (const id of batch) if (!left?.includes(id)) succeed(id);
			for (const id of left ?? []) outcomes.set(id, await notAffected(id));
			return;
		} catch (caught) {
			error = caught;
		}
		if (error instanceof ServiceError && error.failure.unclear && error.failure.kind !== 'cancelled') {
			await afterUnclear(batch, error, triesLeft);
		} else if (error instanceof ServiceError && mayBeSingleIds(error)) {
			if (batch.length > 1) {
				const half = Math.ceil(batch.length / 2);
				await settle(batch.slice(0, half), triesLeft);
				await settle(batch.slice(half), triesLeft);
			} else {
				outcomes.set(batch[0], await refused(batch[0], error));
			}
		} else {
			for (const id of batch) outcomes.set(id, error as Error);
		}
	}

	/** The service refused this ID alone: done before is as good as done now. */
	async function refused(id: number, error: ServiceError): Promise<BatchResult> {
		if (!bulk.doneBeforeCounts) return error;
		const state = await bulk.isDone(id).catch((reason: Error) => reason);
		if (state === true) return bulk.result(id);
		return state === false ? error : state;
	}

	/** The service took the batch, but does not name this ID as done. */
	async function notAffected(id: number): Promise<BatchResult> {
		const state = await bulk.isDone(id).catch((reason: Error) => reason);
		if (state === true) return bulk.result(id);
		if (state !== false) return state;
		return new ServiceError(
			'Next Matter accepted the request, but left this instance as it was',
			{ kind: 'refused', words: '', fields: [], unclear: false },
			'It may have ended already, or the user of the API key may not change it.',
		);
	}

	const unique = [...new Set(ids)];
	for (let start = 0; start < unique.length; start += BATCH_SIZE) {
		await settle(unique.slice(start, start + BATCH_SIZE), MOST_TRIES);
	}
	return ids.map((id) => copy(outcomes.get(id) as BatchResult));
}

/** Each item gets an outcome of its own, because texts are added to an error per item. */
function copy(outcome: BatchResult): BatchResult {
	if (outcome instanceof ServiceError) return new ServiceError(outcome.message, outcome.failure, outcome.description);
	return outcome instanceof Error ? outcome : { ...outcome };
}
