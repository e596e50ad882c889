import { sleep } from 'n8n-workflow';

/** How long a wait may go on before it looks at the cancel signal again, in milliseconds. */
const STEP_MS = 250;

/** Waits, in steps that a cancelled execution can interrupt. Returns early when it is. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
	const end = Date.now() + ms;
	for (let left = ms; left > 0 && !signal?.aborted; left = end - Date.now()) {
		await sleep(Math.min(left, STEP_MS));
	}
}

export interface ScheduleOptions {
	/** How many indexes there are: 0 … count - 1. */
	count: number;
	/** How many may run at the same time. */
	concurrency: number;
	/** Indexes with the same lane run one after the other, in order. No lane: free. */
	lane(index: number): string | undefined;
	/** Does one. Returns false when no further one may be started. */
	run(index: number): Promise<boolean>;
}

/**
 * Runs every index with bounded concurrency. Indexes are started in order, except that one whose
 * lane is busy waits while later ones of other lanes go ahead. Resolves when nothing runs any more.
 */
export async function schedule({ count, concurrency, lane, run }: ScheduleOptions): Promise<void> {
	const followers = new Map<number, number>();
	const lastOfLane = new Map<string, number>();
	/** Indexes that may start now, ascending. */
	const ready: number[] = [];
	for (let index = 0; index < count; index++) {
		const name = lane(index);
		const previous = name === undefined ? undefined : lastOfLane.get(name);
		if (previous === undefined) ready.push(index);
		else followers.set(previous, index);
		if (name !== undefined) lastOfLane.set(name, index);
	}

	let next = 0;
	let stopped = false;
	const takeFollower = (done: number) => {
		const follower = followers.get(done);
		if (follower === undefined) return;
		let place = ready.length;
		while (place > next && ready[place - 1] > follower) place--;
		ready.splice(place, 0, follower);
	};
	const worker = async () => {
		while (next < ready.length && !stopped) {
			const index = ready[next++];
			if (await run(index)) takeFollower(index);
			else stopped = true;
		}
	};
	// A worker ends when nothing is ready. The running ones take their own followers, so none is left.
	const workers = Math.max(1, Math.min(concurrency, count));
	await Promise.all(Array.from({ length: workers }, worker));
}
