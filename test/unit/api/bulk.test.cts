/** Stopping and deleting many at once, against a service that is a function. */
import { ServiceError, type ServiceFailure } from '../../../nodes/kernel/errors.ts';
import { runBulk } from '../../../nodes/NextMatter/operations/instance/bulk.ts';
import fc from '../property.mts';

const failed = (more: Partial<ServiceFailure>) => new ServiceError('', { kind: 'refused', words: '', fields: [], unclear: false, ...more });

interface Service {
	/** IDs that make a call refused (400). */
	bad?: number[];
	/** IDs that were done before: refused, too. */
	before?: number[];
	/** How the nth call (from 0) ends although or because it did (`done`) its work. */
	accident?(call: number): { error: ServiceError; done: boolean } | undefined;
	/** Whether the answer names the IDs. */
	names?: boolean;
	/** IDs that are passed over without a word. */
	skipped?: number[];
	doneBeforeCounts?: boolean;
}

function service({ bad = [], before = [], accident, names = false, skipped = [], doneBeforeCounts = true }: Service) {
	const done = new Set(before);
	const calls: number[][] = [];
	const looks: number[] = [];
	return {
		done,
		calls,
		looks,
		bulk: {
			async send(ids: number[]) {
				const mishap = accident?.(calls.length);
				calls.push(ids);
				if (mishap && !mishap.done) throw mishap.error;
				if (ids.some((id) => bad.includes(id) || before.includes(id))) throw failed({ status: 400 });
				const did = ids.filter((id) => !skipped.includes(id));
				for (const id of did) done.add(id);
				if (mishap) throw mishap.error;
				return names ? did : undefined;
			},
			checkKey: async () => undefined,
			async isDone(id: number) {
				looks.push(id);
				return done.has(id);
			},
			doneBeforeCounts,
			result: (id: number) => ({ id, stopped: true }),
		},
	};
}

const summary = (outcomes: unknown[]) => outcomes.map((outcome) => (outcome instanceof ServiceError ? (outcome.status ?? outcome.failure.kind) : (outcome as { id: number }).id));
const unclear = (call: number) => (at: number, done: boolean) => (call === at ? { error: failed({ kind: 'noAnswer', unclear: true }), done } : undefined);

it('does many in few calls, each once, results in input order', async () => {
	const { bulk, calls } = service({});
	const ids = Array.from({ length: 250 }, (_, index) => 1000 - index);
	const outcomes = await runBulk([...ids, 1000, 999], bulk);
	expect(summary(outcomes)).toEqual([...ids, 1000, 999]);
	expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
});

it('fails the bad IDs alone, for any mixture, and sends no ID again that was done', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), fc.uniqueArray(fc.integer({ min: 1, max: 40 })), fc.uniqueArray(fc.integer({ min: 1, max: 40 })), fc.boolean(), async (ids, bad, before, doneBeforeCounts) => {
			const refusedOnes = bad.filter((id) => !before.includes(id));
			const { bulk, calls, done } = service({ bad: refusedOnes, before, doneBeforeCounts });
			const outcomes = await runBulk(ids, bulk);
			const fails = (id: number) => refusedOnes.includes(id) || (!doneBeforeCounts && before.includes(id));
			expect(summary(outcomes)).toEqual(ids.map((id) => (fails(id) ? 400 : id)));
			const good = [...new Set(ids)].filter((id) => !bad.includes(id) && !before.includes(id));
			for (const id of good) expect(done.has(id)).toBe(true);
			// A call that holds a good ID and nothing bad is the last one for it.
			const effective = calls.filter((call) => !call.some((id) => refusedOnes.includes(id) || before.includes(id))).flat();
			expect(effective).toHaveLength(new Set(effective).size);
		}),
	);
});

it('finds one bad ID among 100 in few calls', async () => {
	const { bulk, calls } = service({ bad: [42] });
	await runBulk(Array.from({ length: 100 }, (_, index) => index + 1), bulk);
	expect(calls.length).toBeLessThanOrEqual(16);
});

it.each([true, false])('looks after an unclear failure before anything is sent again (work done: %p)', async (wasDone) => {
	const { bulk, calls, looks } = service({ accident: (call) => unclear(call)(0, wasDone) });
	expect(summary(await runBulk([1, 2, 3], bulk))).toEqual([1, 2, 3]);
	expect(looks).toEqual([1, 2, 3]);
	expect(calls).toEqual(wasDone ? [[1, 2, 3]] : [[1, 2, 3], [1, 2, 3]]);
});

it('gives up after the second unclear failure, with an error of its own per item', async () => {
	const { bulk, calls } = service({ accident: () => ({ error: failed({ kind: 'noAnswer', unclear: true }), done: false }) });
	const outcomes = await runBulk([1, 2, 2], bulk);
	expect(summary(outcomes)).toEqual(['noAnswer', 'noAnswer', 'noAnswer']);
	expect(new Set(outcomes).size).toBe(3);
	expect(calls).toHaveLength(2);
});

it.each<[Partial<ServiceFailure>]>([
	[{ status: 401 }],
	[{ status: 429 }],
	[{ kind: 'notSent', status: undefined }],
	[{ kind: 'cancelled', status: undefined, unclear: true }],
])('does not narrow down or look after %j: it would be the same for each', async (facts) => {
	const { bulk, calls, looks } = service({ accident: () => ({ error: failed(facts), done: false }) });
	const outcomes = await runBulk([1, 2, 3, 4], bulk);
	expect(outcomes.every((outcome) => outcome instanceof ServiceError && outcome.failure.unclear === (facts.unclear ?? false))).toBe(true);
	expect(calls).toHaveLength(1);
	expect(looks).toEqual([]);
});

it('says so when the service passes over an ID', async () => {
	const { bulk } = service({ names: true, skipped: [2] });
	const outcomes = await runBulk([1, 2, 3], bulk);
	expect(outcomes[0]).toEqual({ id: 1, stopped: true });
	expect(outcomes[1]).toMatchObject({ message: 'Next Matter accepted the request, but left this instance as it was' });
});

it('shares no result between two items', async () => {
	const { bulk } = service({ bad: [5] });
	const [first, second, third, fourth] = await runBulk([1, 1, 5, 5], bulk);
	expect(first).toEqual(second);
	expect(first).not.toBe(second);
	expect(third).not.toBe(fourth);
});
