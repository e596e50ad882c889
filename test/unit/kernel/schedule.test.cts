/** Order per lane, bounded concurrency, and an end: for any number of items, lanes and run times. */
import fc from '../property.mts';
import { pause, schedule } from '../../../nodes/kernel/schedule.ts';

interface Log {
	started: number[];
	ended: number[];
	/** Most at the same time. */
	most: number;
	/** Indexes that started while an earlier one of their lane had not ended. */
	overtaken: number[];
}

async function play(lanes: Array<string | undefined>, concurrency: number, delays: number[], stopAt?: number): Promise<Log> {
	const log: Log = { started: [], ended: [], most: 0, overtaken: [] };
	await schedule({
		count: lanes.length,
		concurrency,
		lane: (index) => lanes[index],
		async run(index) {
			const earlier = lanes.slice(0, index).map((lane, other) => (lane !== undefined && lane === lanes[index] ? other : -1));
			if (earlier.some((other) => other >= 0 && !log.ended.includes(other))) log.overtaken.push(index);
			log.started.push(index);
			log.most = Math.max(log.most, log.started.length - log.ended.length);
			// Turns of the event loop stand for time, so that any order of ends comes up quickly.
			for (let turn = 0; turn < delays[index % delays.length]; turn++) await Promise.resolve();
			log.ended.push(index);
			return index !== stopAt;
		},
	});
	return log;
}

const lanes = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'toString', '__proto__'), { nil: undefined }), { maxLength: 30 });
const delays = fc.array(fc.nat(12), { minLength: 1, maxLength: 10 });
const concurrency = fc.integer({ min: 1, max: 8 });

it('runs every index once, each lane in order, never more than allowed', async () => {
	await fc.assert(
		fc.asyncProperty(lanes, concurrency, delays, async (names, limit, times) => {
			const log = await play(names, limit, times);
			expect([...log.ended].sort((a, b) => a - b)).toEqual(names.map((_, index) => index));
			expect(log.started).toHaveLength(names.length);
			expect(log.overtaken).toEqual([]);
			expect(log.most).toBeLessThanOrEqual(limit);
		}),
		{ numRuns: 500 },
	);
});

it('uses what it may: without lanes as many at a time as allowed, in order', async () => {
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 1, max: 30 }), concurrency, async (count, limit) => {
			const log = await play(Array<undefined>(count).fill(undefined), limit, [3]);
			expect(log.most).toBe(Math.min(count, limit));
			expect(log.started).toEqual([...log.started].sort((a, b) => a - b));
		}),
	);
});

it('uses what it may with lanes, too: a lane that waits holds up no other', async () => {
	const log = await play(['a', 'a', 'a', 'b', 'c'], 3, [5]);
	expect(log.started.slice(0, 3)).toEqual([0, 3, 4]);
	expect(log.most).toBe(3);
});

it('starts no further one after a false, and waits for those that run', async () => {
	await fc.assert(
		fc.asyncProperty(lanes, concurrency, delays, fc.nat(29), async (names, limit, times, stopAt) => {
			const log = await play(names, limit, times, stopAt);
			expect([...log.ended].sort((a, b) => a - b)).toEqual([...log.started].sort((a, b) => a - b));
			const end = log.ended.indexOf(stopAt);
			// Those that ran beside it had started before it ended.
			if (end >= 0) expect(log.started.length).toBeLessThanOrEqual(end + limit);
		}),
		{ numRuns: 500 },
	);
});

it.each([0, -3, 0.5])('takes a concurrency of %p for one at a time', async (limit) => {
	const log = await play(['a', undefined, 'b'], limit, [2]);
	expect(log).toMatchObject({ started: [0, 1, 2], most: 1 });
});

describe('pause', () => {
	it('waits, and returns within a quarter of a second after a cancel', async () => {
		const started = performance.now();
		await pause(60);
		expect(performance.now() - started).toBeGreaterThanOrEqual(55);
		const stop = new AbortController();
		setTimeout(() => stop.abort(), 50);
		const cancelled = performance.now();
		await pause(60_000, stop.signal);
		expect(performance.now() - cancelled).toBeLessThan(500);
	});

	it('does not wait at all when it is cancelled already', async () => {
		const started = performance.now();
		await pause(60_000, AbortSignal.abort());
		expect(performance.now() - started).toBeLessThan(50);
	});
});
