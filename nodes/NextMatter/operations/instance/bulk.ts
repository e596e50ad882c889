import type { IDataObject } from 'n8n-workflow';

import { ServiceError } from '../../../kernel/errors';
import type { BatchResult } from '../../../kernel/operations';
import { schedule } from '../../../kernel/schedule';

/**
 * IDs per call. The API names no limit for bulk calls; for creating it advises batches of about
 * 100 instances. A smaller limit is found by halving.
 */
const BATCH_SIZE = 100;

/** After an unclear failure: once more for what was not done, then give up. */
const MOST_TRIES = 2;

/** How many IDs are looked at at the same time. */
const LOOKS_AT_ONCE = 5;

export interface Bulk {
	/** Does it for all IDs in one call. May give the IDs that it was done for. */
	send(ids: number[]): Promise<number[] | undefined>;
	/** Looks whether it is done for this ID. Rejects with the reason why it cannot be. */
	isDone(id: number): Promise<boolean>;
	/** Rejects when the service refuses the key, whatever it is asked. */
	checkKey(): Promise<void>;
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
	let batchSize = BATCH_SIZE;
	let keyCheck: Promise<void> | undefined;

	/**
	 * Whether it is done for each ID, or why it cannot be. Once the service itself is in trouble the
	 * rest is not looked at, because that would take a while for each: those are not in the answer.
	 */
	async function look(batch: number[]): Promise<Map<number, boolean | Error>> {
		const states = new Map<number, boolean | Error>();
		await schedule({
			count: batch.length,
			concurrency: LOOKS_AT_ONCE,
			lane: () => undefined,
			async run(position) {
				const id = batch[position];
				const state = await bulk.isDone(id).catch((reason: Error) => reason);
				const isInTrouble = state instanceof ServiceError && !isOfId(state);
				if (!isInTrouble) states.set(id, state);
				return !isInTrouble;
			},
		});
		return states;
	}

	async function afterUnclear(batch: number[], error: ServiceError, triesLeft: number): Promise<void> {
		const states = await look(batch);
		const open: number[] = [];
		for (const id of batch) {
			const state = states.get(id) ?? error;
			if (state === true) succeed(id);
			else if (state === false) open.push(id);
			else outcomes.set(id, state);
		}
		if (open.length === 0) return;
		if (triesLeft > 1) await settle(open, triesLeft - 1);
		else for (const id of open) outcomes.set(id, error);
	}

	/** Gives whether the service took the batch as a whole. */
	async function settle(batch: number[], triesLeft: number): Promise<boolean> {
		let error: unknown;
		try {
			const done = await bulk.send(batch);
			const left = done ? batch.filter((id) => !done.includes(id)) : [];
			for (const id of batch) if (!left.includes(id)) succeed(id);
			const states = await look(left);
			for (const id of left) outcomes.set(id, notAffected(id, states.get(id)));
			return true;
		} catch (caught) {
			error = caught;
		}
		if (error instanceof ServiceError && error.failure.unclear && error.failure.kind !== 'cancelled') {
			await afterUnclear(batch, error, triesLeft);
		} else if (error instanceof ServiceError && mayBeSingleIds(error)) {
			await narrowDown(batch, error, triesLeft);
		} else {
			for (const id of batch) outcomes.set(id, error as Error);
		}
		return false;
	}

	async function narrowDown(batch: number[], error: ServiceError, triesLeft: number): Promise<void> {
		if (batch.length === 1) {
			outcomes.set(batch[0], await refused(batch[0], error));
			return;
		}
		// With a key that is refused every smaller batch would be, too.
		keyCheck ??= bulk.checkKey();
		const keyError = await keyCheck.then(
			() => undefined,
			(reason: Error) => reason,
		);
		if (keyError) {
			for (const id of batch) outcomes.set(id, keyError);
			return;
		}
		const half = Math.ceil(batch.length / 2);
		const first = await settle(batch.slice(0, half), triesLeft);
		const second = await settle(batch.slice(half), triesLeft);
		// Nothing was wrong with the IDs, so it was their number.
		if (first && second) batchSize = Math.min(batchSize, half);
	}

	/** The service refused this ID alone: done before is as good as done now. */
	async function refused(id: number, error: ServiceError): Promise<BatchResult> {
		if (!bulk.doneBeforeCounts) return error;
		const state = (await look([id])).get(id);
		if (state === true) return bulk.result(id);
		return state instanceof Error ? state : error;
	}

	/** The service took the batch, but does not name this ID as done. */
	function notAffected(id: number, state: boolean | Error | undefined): BatchResult {
		if (state === true) return bulk.result(id);
		if (state instanceof Error) return state;
		return new ServiceError(
			'Next Matter accepted the request, but left this instance as it was',
			{ kind: 'refused', words: '', fields: [], unclear: false },
			'It may have ended already, or the user of the API key may not change it.',
		);
	}

	const unique = [...new Set(ids)];
	for (let start = 0, end = 0; start < unique.length; start = end) {
		end = start + batchSize;
		await settle(unique.slice(start, end), MOST_TRIES);
	}
	return ids.map((id) => copy(outcomes.get(id) as BatchResult));
}

/** Whether a failed look says something about the ID, and not about the service as a whole. */
function isOfId({ status = 404, failure: { kind } }: ServiceError): boolean {
	return kind === 'refused' && [400, 403, 404, 410].includes(status);
}

/** Each item gets an outcome of its own, because texts are added to an error per item. */
function copy(outcome: BatchResult): BatchResult {
	if (outcome instanceof ServiceError) return new ServiceError(outcome.message, outcome.failure, outcome.description);
	return outcome instanceof Error ? outcome : { ...outcome };
}
