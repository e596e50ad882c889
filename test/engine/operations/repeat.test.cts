/** What is sent again after a failure, and what never: counted in the sandbox. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { FaultKind } from '../../../sandbox/next-matter/faults.mts';
import { done, failed, FIRST_STEP, hurried, jsonOf, ONBOARDING, PERSONAL, personalForm, useBench } from './support.mts';

const bench = useBench();
const { run, sent, calls, instance } = bench;

const workflowId = String(ONBOARDING);
const count = () => bench.sandbox.state.instancesOf(ONBOARDING).length;
const POST = { method: 'POST', path: '/instances/' };

/** Failures after which the work may or may not be done. */
const AFTER: FaultKind[] = ['reset-after', 'status-after', 'cut', 'truncate', 'not-json', 'empty'];
const UNCLEAR: Array<[FaultKind, boolean]> = [
	...AFTER.map((kind): [FaultKind, boolean] => [kind, true]),
	['reset-before', false],
	['status', false],
];

describe.each(UNCLEAR)('create after %s (work done: %s)', (kind, worked) => {
	it('is never sent again by itself', async () => {
		const before = count();
		bench.sandbox.faults.add({ kind, match: POST });
		const { message, description } = await failed(run('instance.create', { workflowId }));
		expect(message).toContain('Whether the instance was created is not known');
		expect(description).toContain('look there before you run this item again');
		expect(sent('POST')).toHaveLength(1);
		expect(count() - before).toBe(worked ? 1 : 0);
	});

	it('with a key is found when it worked, and never doubled', async () => {
		const before = count();
		const parameters = {
			workflowId,
			additionalFields: { deduplicationKey: 'deal-8841', tags: ['crm'] },
			simplify: true,
		};
		bench.sandbox.faults.add({ kind, match: { ...POST, path: /\/instances\/$/ } });
		if (worked) {
			const [json] = await hurried(async () => await done(run('instance.create', parameters)));
			expect(json.tags).toEqual(['crm', 'deal-8841']);
		} else {
			const { description } = await hurried(async () => await failed(run('instance.create', parameters)));
			expect(description).toContain('with the same key no second one is created');
		}
		expect(sent('POST')).toHaveLength(1);
		await done(run('instance.create', parameters));
		await done(run('instance.create', parameters));
		expect(count() - before).toBe(1);
	});
});

describe('a deduplication key', () => {
	const keyed = (key: string, more: INodeParameters = {}): INodeParameters => ({
		workflowId,
		additionalFields: { deduplicationKey: key, ...more },
		simplify: true,
	});

	it('makes one instance of many items, and each item gets it', async () => {
		const before = count();
		const items = Array.from({ length: 20 }, (_, index) => ({ deal: index % 4 }));
		const rows = await done(run('instance.create', keyed('={{ "deal-" + $json.deal }}'), { items }));
		expect(count() - before).toBe(4);
		expect(new Set(rows.map(({ id }) => id)).size).toBe(4);
		rows.forEach(({ tags }, index) => expect(tags).toEqual([`deal-${index % 4}`]));
	});

	it('makes one instance of parallel executions', async () => {
		const before = count();
		bench.sandbox.set({ latencyMs: 5 });
		const runs = await Promise.all(
			Array.from({ length: 6 }, async () => await done(run('instance.create', keyed('deal-1')))),
		);
		expect(count() - before).toBe(1);
		expect(new Set(runs.flat().map(({ id }) => id)).size).toBe(1);
	});

	it('says that it is not known when the service goes away after the work', async () => {
		const before = count();
		bench.sandbox.faults.add({ kind: 'reset-after', match: { method: 'POST' } });
		bench.sandbox.faults.add({ kind: 'reset-before', times: 'always', match: { method: 'GET', nth: 2 } });
		const { message, description } = await hurried(async () => await failed(run('instance.create', keyed('deal-9'))));
		expect(message).toContain('Whether the instance was created is not known');
		expect(description).toContain('with the same key no second one is created');
		bench.sandbox.faults.clear();
		await done(run('instance.create', keyed('deal-9')));
		expect(count() - before).toBe(1);
	});

	it('keeps workflows and keys apart', async () => {
		const items = [{ w: 4210 }, { w: 4211 }];
		const rows = await done(run('instance.create', { ...keyed('deal-1'), workflowId: '={{ $json.w }}' }, { items }));
		expect(rows.map(({ workflowId: workflow }) => workflow)).toEqual([4210, 4211]);
		await done(run('instance.create', keyed('deal-10')));
		expect(sent('POST')).toHaveLength(3);
	});

	it.each(['none', 'lowercase', 'sorted-unique'] as const)(
		'is found again whatever happens to tags (%s)',
		async (tagNormalisation) => {
			bench.sandbox.set({ tagNormalisation });
			const [first] = await done(run('instance.create', keyed('Deal-X', { tags: ['zeta', 'alpha'] })));
			const [second] = await done(run('instance.create', keyed('Deal-X')));
			expect(second.id).toBe(first.id);
		},
	);

	it('finds an instance that ended long ago, behind others', async () => {
		for (let index = 0; index < 5; index++)
			instance({ tags: ['deal-2', `other-${index}`], startedTime: '2026-11-20T10:00:00Z' });
		const id = instance({
			tags: ['deal-2'],
			startedTime: '2020-01-01T10:00:00Z',
			completedTime: '2020-01-02T10:00:00Z',
		});
		const [json] = await done(run('instance.create', keyed('deal-2')));
		expect(json).toMatchObject({ id, status: 'completed' });
		expect(calls('POST')).toEqual([]);
	});

	it('does not complete a step twice', async () => {
		const parameters = { ...keyed('deal-3'), ...personalForm() };
		const [first, second, third] = await done(
			run('instance.createAndCompleteStep', parameters, { items: [{}, {}, {}] }),
		);
		expect([second.id, third.id]).toEqual([first.id, first.id]);
		expect(sent('POST', '/complete_step/')).toHaveLength(1);
		expect(sent('POST', '/instances/')).toHaveLength(1);
	});

	it('lets the step be completed when that failed the first time', async () => {
		const parameters = { ...keyed('deal-4'), ...personalForm() };
		bench.sandbox.faults.add({
			kind: 'status',
			status: 400,
			body: { detail: 'Busy.' },
			match: { path: 'complete_step' },
		});
		const { message, description } = await failed(run('instance.createAndCompleteStep', parameters));
		expect(message).toMatch(/^The instance \d+ was created, but its step was not completed \(400\)/);
		expect(description).toContain('Busy.');
		const [json] = await done(run('instance.createAndCompleteStep', parameters));
		expect(json.activeStepIds).not.toContain(FIRST_STEP);
		expect(sent('POST', '/instances/')).toHaveLength(1);
	});
});

describe('create and complete', () => {
	it('hands the ID on when the second call fails, so that no second instance is needed', async () => {
		bench.sandbox.faults.add({
			kind: 'status',
			status: 400,
			body: { detail: 'Busy.' },
			match: { path: 'complete_step' },
		});
		const result = await run(
			'instance.createAndCompleteStep',
			{ workflowId, ...personalForm() },
			{ onError: 'continueRegularOutput' },
		);
		const [json] = jsonOf(result);
		const id = (json.details as IDataObject).instanceId;
		expect(bench.sandbox.state.instance(Number(id))?.activeStepIds).toEqual([FIRST_STEP]);
		expect(Object.keys(json)).toEqual(['error', 'details']);
	});

	it('does not create again when only the answer about the step is lost', async () => {
		bench.sandbox.faults.add({ kind: 'reset-after', match: { path: 'complete_step' } });
		const [json] = await hurried(
			async () => await done(run('instance.createAndCompleteStep', { workflowId, ...personalForm(), simplify: true })),
		);
		expect(json.activeStepIds).not.toContain(FIRST_STEP);
		expect(sent('POST', '/instances/')).toHaveLength(1);
	});
});

describe('complete', () => {
	it.each(UNCLEAR)('is done once after %s (work done: %s), and no failure', async (kind, worked) => {
		const id = instance();
		bench.sandbox.faults.add({ kind, match: { method: 'POST' } });
		const place = { instanceId: String(id), stepId: String(FIRST_STEP), simplify: true };
		const [json] = await hurried(async () => await done(run('step.complete', { ...place, ...personalForm() })));
		expect(json.activeStepIds).not.toContain(FIRST_STEP);
		expect(sent('POST')).toHaveLength(worked ? 1 : 2);
		expect(bench.sandbox.state.instance(id)).toMatchObject({
			values: PERSONAL,
			steps: { [FIRST_STEP]: { entered: 1, status: 'completed' } },
		});
	});

	it('says so when it stays unclear', async () => {
		const id = instance();
		bench.sandbox.faults.add({ kind: 'status', status: 500, times: 'always' });
		const place = { instanceId: String(id), stepId: String(FIRST_STEP) };
		const { description } = await hurried(
			async () => await failed(run('step.complete', { ...place, ...personalForm() })),
		);
		expect(description).toContain('It is not known whether the service did the work');
		expect(sent('POST')).toHaveLength(1);
	});
});

describe('save and update may be repeated', () => {
	it.each(UNCLEAR)('after %s', async (kind) => {
		const id = instance();
		bench.sandbox.faults.add({ kind, match: { method: 'POST' } });
		bench.sandbox.faults.add({ kind, match: { method: 'PUT' } });
		await hurried(async () => {
			await done(run('step.save', { instanceId: String(id), stepId: String(FIRST_STEP), ...personalForm() }));
			await done(run('instance.update', { instanceId: String(id), updateFields: { name: 'New' } }));
		});
		expect(sent('POST')).toHaveLength(2);
		expect(sent('PUT')).toHaveLength(2);
		expect(bench.sandbox.state.instance(id)).toMatchObject({ name: 'New', values: PERSONAL });
	});
});

describe('an upload', () => {
	it('is never sent again after an unclear failure', async () => {
		const items = [{ json: {}, binary: { data: { data: 'eA==', mimeType: 'text/plain', fileName: 'x.txt' } } }];
		bench.sandbox.faults.add({ kind: 'reset-after' });
		const { description } = await failed(run('file.upload', {}, { items }));
		expect(description).toContain('not known');
		expect(calls()).toEqual(['POST /files/']);
	});
});

describe.each(['stop', 'delete'])('%s in bulk', (operation) => {
	const end = operation === 'stop' ? '/bulk/abort' : '/bulk/delete';
	const many = (length: number) => Array.from({ length }, () => instance());
	const ended = (id: number) => (bench.sandbox.state.instance(id)?.status ?? 'gone') !== 'running';
	const over = (ids: number[], more: object = {}) =>
		run(
			`instance.${operation}`,
			{ instanceId: '={{ $json.id }}' },
			{ items: ids.map((id) => ({ id })), onError: 'continueRegularOutput', ...more },
		);
	const flag = operation === 'stop' ? 'stopped' : 'deleted';

	it('does hundreds of items in few requests', async () => {
		const ids = many(450);
		const result = await over(ids);
		expect(jsonOf(result)).toEqual(ids.map((id) => ({ id, [flag]: true })));
		expect(calls()).toHaveLength(5);
		expect(ids.every(ended)).toBe(true);
	});

	it.each([
		['empty', 404],
		['empty', 400],
		['drf', 404],
		['drf', 400],
	] as const)(
		'fails only the unknown ones of many (bodies %s, status %i)',
		async (bulkErrorBodies, bulkRejectStatus) => {
			bench.sandbox.set({ bulkErrorBodies, bulkRejectStatus });
			const ids = many(60);
			ids.splice(10, 0, 999_991);
			ids.splice(40, 0, 999_992);
			const rows = jsonOf(await over(ids));
			rows.forEach((json, index) => {
				if (ids[index] < 999_000) expect(json).toEqual({ id: ids[index], [flag]: true });
				else expect(json.error).toContain("The instance in 'Instance'");
			});
			expect(ids.filter((id) => id < 999_000).every(ended)).toBe(true);
			expect(bench.sandbox.requests.length).toBeLessThan(40);
		},
	);

	it('stops the run with the first failing item, and says what was done', async () => {
		const ids = [...many(3), 999_991, ...many(1)];
		const { itemIndex, description } = await failed(over(ids, { onError: 'stopWorkflow' }));
		expect(itemIndex).toBe(3);
		expect(description).toContain('Already carried out, and not undone: item 0 to 2, 4.');
	});

	it('finds out how many go into one call', async () => {
		bench.sandbox.set({ bulkMaxIds: 10 });
		const ids = many(250);
		const result = await over(ids);
		expect(jsonOf(result)).toEqual(ids.map((id) => ({ id, [flag]: true })));
		expect(bench.sandbox.requests.length).toBeLessThan(70);
	});

	it.each([401, 403, 400] as const)(
		'asks for a refused key twice, not for each item (%i)',
		async (authFailureStatus) => {
			bench.sandbox.set({ authFailureStatus, keyState: 'expired' });
			const rows = jsonOf(await over(many(100)));
			expect(rows).toHaveLength(100);
			for (const { error } of rows) expect(error).toMatch(/API key|credential/);
			expect(bench.sandbox.requests.length).toBeLessThanOrEqual(2);
		},
	);

	it.each(UNCLEAR)('is not sent blindly again after %s (work done: %s)', async (kind, worked) => {
		const ids = many(8);
		bench.sandbox.faults.add({ kind, match: { method: 'POST' } });
		// What has no body cannot lose it, nor have another.
		const isClear = kind === 'empty' || (operation === 'delete' && ['truncate', 'not-json'].includes(kind));
		const result = await hurried(async () => await over(ids));
		expect(jsonOf(result)).toEqual(ids.map((id) => ({ id, [flag]: true })));
		expect(sent('POST', end)).toHaveLength(worked ? 1 : 2);
		expect(sent('GET')).toHaveLength(isClear ? 0 : 8);
	});

	it('does not look at each item while the service is away', async () => {
		const ids = many(50);
		bench.sandbox.faults.add({ kind: 'reset-before', times: 'always' });
		const rows = jsonOf(await hurried(async () => await over(ids)));
		for (const { details } of rows) expect((details as IDataObject).description).toContain('not known');
		expect(bench.sandbox.requests.length).toBeLessThan(30);
		expect(sent('POST')).toHaveLength(1);
	});

	it('is refused to who may not', async () => {
		const mine = many(2);
		const others = [instance({ startedBy: 3102 })];
		bench.sandbox.set({ keyUserRole: 'member' });
		const rows = jsonOf(await over([mine[0], ...others, mine[1]]));
		expect(rows.map((json) => 'error' in json)).toEqual([false, true, false]);
		expect(rows[1].error).toContain('(403)');
	});
});

describe('stop', () => {
	const over = (ids: number[]) =>
		run(
			'instance.stop',
			{ instanceId: '={{ $json.id }}' },
			{ items: ids.map((id) => ({ id })), onError: 'continueRegularOutput' },
		);
	const past = { startedTime: '2026-01-01T00:00:00Z' };

	it.each([
		['reject', 'sent'],
		['reject', 'affected'],
		['ignore', 'affected'],
	] as const)(
		'counts stopped before as stopped, and tells of a completed one (%s, %s)',
		async (bulkEndedIds, bulkAbortReturns) => {
			bench.sandbox.set({ bulkEndedIds, bulkAbortReturns });
			const stopped = instance({ ...past, abortedTime: '2026-01-02T00:00:00Z' });
			const completed = instance({ ...past, completedTime: '2026-01-02T00:00:00Z' });
			const running = instance();
			const rows = jsonOf(await over([stopped, completed, running]));
			expect(rows).toEqual([
				{ id: stopped, stopped: true },
				{ error: expect.stringContaining('completed already'), details: expect.anything() },
				{ id: running, stopped: true },
			]);
		},
	);

	it.each(['ignore', 'partial'] as const)(
		'tells of an unknown one when the others are done all the same (%s)',
		async (bulkUnknownIds) => {
			bench.sandbox.set({ bulkUnknownIds, bulkAbortReturns: 'affected' });
			const running = [instance(), instance()];
			const rows = jsonOf(await over([running[0], 999_999, running[1]]));
			expect(rows.map((json) => 'error' in json)).toEqual([false, true, false]);
			expect(running.map((id) => bench.sandbox.state.instance(id)?.status)).toEqual(['aborted', 'aborted']);
		},
	);
});

it('deletes what is left when a service did a part of a refused call, and says that this may be so', async () => {
	bench.sandbox.set({ bulkUnknownIds: 'partial' });
	const ids = [instance(), 999_999, instance()];
	const rows = jsonOf(
		await run(
			'instance.delete',
			{ instanceId: '={{ $json.id }}' },
			{ items: ids.map((id) => ({ id })), onError: 'continueRegularOutput' },
		),
	);
	// Afterwards nobody can tell what was deleted from what was never there: better a failure that says so.
	for (const { details } of rows) expect((details as IDataObject).description).toContain('may have been deleted');
	expect([ids[0], ids[2]].map((id) => bench.sandbox.state.instance(id))).toEqual([undefined, undefined]);
});
